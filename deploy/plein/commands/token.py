"""`plein token PERSONA`: a token for the embedded stack, or from the sign-in server of the compose stack."""

import os
from typing import Annotated

import typer

from plein.client_keys import BadClientKey, key_variables
from plein.local.folder import local_settings
from plein.local.personas import PERSONAS, persona_named
from plein.local.ports import CannotStart
from plein.local.tokens import mint_token
from plein.sign_in_client import Refused, machine_token

_NAMES = ", ".join(each.name for each in PERSONAS)


def token(
    persona: Annotated[str, typer.Argument(help=f"who: {_NAMES}")],
    issuer: Annotated[
        str | None,
        typer.Option("--from", metavar="ISSUER", help="ask this sign-in server, with the machine's key from the environment"),
    ] = None,
) -> None:
    """Print a token of a made-up person or machine, for the embedded stack on this machine or from a sign-in server."""
    if persona not in {each.name for each in PERSONAS}:
        raise typer.BadParameter(f"there is no persona {persona}; choose one of {_NAMES}")
    print(mint_token(local_settings().folder, persona) if issuer is None else _from_server(persona, issuer))


def _from_server(persona: str, issuer: str) -> str:
    if persona_named(persona).is_person:
        raise CannotStart(f"{persona} is a person and signs in on a page; a machine gets its token with its key.")
    variable = key_variables(persona).private_key
    key = os.environ.get(variable)
    if not key:
        raise CannotStart(f"Set {variable} to the private key of {persona}, as `plein secrets` printed it.")
    try:
        return machine_token(issuer.rstrip("/"), persona, key)
    except BadClientKey:
        raise CannotStart(f"Set {variable} differently: it holds no private key as `plein secrets` prints it.") from None
    except Refused as why:
        raise CannotStart(f"No token for {persona}: {why}.") from None
