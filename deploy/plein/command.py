"""`plein`: one command for developers and operators. Each of its verbs is a module in `plein.commands`."""

import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from plein.commands.erase import erase
from plein.commands.lag import lag
from plein.commands.migrate import migrate
from plein.commands.parked import parked
from plein.commands.rebuild import rebuild
from plein.commands.replay import replay
from plein.commands.secrets import secrets
from plein.commands.service import service
from plein.commands.theme import theme
from plein.commands.token import token
from plein.commands.topics import topics
from plein.local.ports import CannotStart

app = typer.Typer(
    name="plein",
    help="One conversation between citizens and their municipality, whatever door they use.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show locals, which can hold personal data and secrets
)
for verb in (service, topics, lag, replay, rebuild, erase, token, migrate, secrets, theme):
    app.command()(verb)

app.add_typer(parked)


def _mount(module: str, verb: str, name: str, *, needs: str = "typer") -> None:
    """Adds a verb where its module and what it needs are installed: the image has no embedded engines."""
    if find_spec(module) is not None and find_spec(needs) is not None:
        app.command(name)(getattr(import_module(module), verb))


_mount("plein.commands.up", "up", "up", needs="psutil")
_mount("plein.commands.check_adapter", "check_adapter", "check-adapter")
_mount("plein.commands.simulate", "simulate", "simulate")


def main() -> None:
    """Runs the command; what cannot be done is said in a sentence, without a traceback."""
    try:
        app()
    except CannotStart as fault:
        print(fault, file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
