"""`plein`: one command for developers and operators. Each of its verbs is a module in `plein.commands`."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

import typer

from plein.local.ports import CannotStart


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb is the attribute of its own name. It is left out where its module, or what that needs, is not installed:
    the image has no embedded engines.
    """

    name: str
    needs: str = "typer"

    @property
    def attribute(self) -> str:
        return self.name.replace("-", "_")

    @property
    def module(self) -> str:
        return f"plein.commands.{self.attribute}"

    def is_installed(self) -> bool:
        return find_spec(self.module) is not None and find_spec(self.needs) is not None


VERBS = (
    Verb("service"),
    Verb("topics"),
    Verb("lag"),
    Verb("replay"),
    Verb("rebuild"),
    Verb("erase"),
    Verb("token"),
    Verb("migrate"),
    Verb("secrets"),
    Verb("theme"),
    Verb("parked"),
    Verb("up", needs="psutil"),
    Verb("check-adapter"),
    Verb("simulate"),
)


def app_for(words: Sequence[str]) -> typer.Typer:
    """Returns the command with the verb that is asked for, which starts in a fifth of the time; with all where none is."""
    app = typer.Typer(
        name="plein",
        help="One conversation between citizens and their municipality, whatever door they use.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # they show locals, which can hold personal data and secrets
    )
    app.callback()(lambda: None)  # so that one verb alone is still called by its name
    installed = [verb for verb in VERBS if verb.is_installed()]
    for verb in [verb for verb in installed if words[:1] == [verb.name]] or installed:
        found = getattr(import_module(verb.module), verb.attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found)
        else:
            app.command(verb.name)(found)
    return app


def main() -> None:
    """Runs the command; what cannot be done is said in a sentence, without a traceback."""
    try:
        app_for(sys.argv[1:])()
    except CannotStart as fault:
        print(fault, file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
