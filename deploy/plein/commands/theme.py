"""`plein theme FOLDER`: the look of the pages."""

from pathlib import Path
from typing import Annotated

import typer

from plein.theme import THEME, provide_theme


def theme(
    folder: Annotated[Path, typer.Argument(help="where the style sheets go: THEME_FOLDER of the services of pages")],
    file: Annotated[Path, typer.Option(help="the municipality's own theme file; see theme.toml beside this command")] = THEME,
) -> None:
    """Fetch the components and design tokens of the pages from npm, each checked against the digest in the theme file."""
    fetched = provide_theme(folder, file)
    print(f"{folder}: {'fetched' if fetched else 'there already'}")
