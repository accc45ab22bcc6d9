"""`plein service NAME`: runs one service in this process."""

from importlib import import_module
from typing import Annotated

import typer

from plein.services import SERVICES


def service(name: Annotated[str, typer.Argument(help="which service: " + ", ".join(each.name for each in SERVICES))]) -> None:
    """Run one service until it is told to stop. Its settings come from the environment."""
    if name not in {each.name for each in SERVICES}:
        raise typer.BadParameter(f"there is no service {name}; choose one of " + ", ".join(each.name for each in SERVICES))
    import_module(f"{name}.main").main()
