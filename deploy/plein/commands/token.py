"""`plein token PERSONA`: a token for the embedded stack."""

from typing import Annotated

import typer

from plein.local.folder import local_settings
from plein.local.personas import PERSONAS
from plein.local.tokens import mint_token

_NAMES = ", ".join(each.name for each in PERSONAS)


def token(persona: Annotated[str, typer.Argument(help=f"who: {_NAMES}")]) -> None:
    """Print a token of a made-up person or machine, for the embedded stack on this machine."""
    if persona not in {each.name for each in PERSONAS}:
        raise typer.BadParameter(f"there is no persona {persona}; choose one of {_NAMES}")
    print(mint_token(local_settings().folder, persona))
