"""`plein check-adapter URL`: does an adapter, ours or somebody else's, keep what the front door promises?"""

from typing import Annotated

import httpx2
import typer

from front_door.check_adapter import NotAnAdapter
from front_door.check_adapter import check_adapter as outcomes_of
from plein.local.ports import CannotStart

_SECONDS = 30.0


def check_adapter(
    url: Annotated[str, typer.Argument(help="the adapter's address, such as http://127.0.0.1:8101")],
    token: Annotated[str, typer.Option("--token", envvar="PLEIN_TOKEN", help="a token that may post there")],
    other_token: Annotated[
        str | None, typer.Option("--other-token", help="a valid token of another channel, to see that it is refused")
    ] = None,
) -> None:
    """Post the adapter's own examples and look at every answer. Prints one line per rule; exits 1 when one fails.

    Use it on a sandbox: the examples become contacts on a timeline.
    """
    counted = {True: 0, False: 0, None: 0}
    try:
        with httpx2.Client(base_url=url.rstrip("/"), timeout=_SECONDS) as client:
            for outcome in outcomes_of(client, token, other_token):
                counted[outcome.passed] += 1
                print(outcome.line)
    except NotAnAdapter as fault:
        raise CannotStart(f"{url} cannot be checked: {fault}.") from None
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        raise CannotStart("Give the adapter's address with its scheme, such as http://127.0.0.1:8101.") from None
    print(f"{counted[True]} passed, {counted[False]} failed, {counted[None]} not checked")
    if counted[False]:
        raise typer.Exit(1)
