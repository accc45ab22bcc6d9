"""The look of the pages: a folder that `plein theme` filled with components, design tokens, and what they were made of."""

import json
from pathlib import Path

COMPONENTS = "components.css"
TOKENS = "theme.css"
MADE_OF = "theme.json"


def class_of_theme(folder: Path) -> str:
    """Returns the class that a page bears to look like the tokens in this folder. Raises ValueError where it is not whole."""
    try:
        name: str = json.loads((folder / MADE_OF).read_text("utf-8"))["tokens"]["class"]
    except (OSError, ValueError, LookupError, TypeError):
        raise ValueError(f"{folder} has no {MADE_OF} of a theme") from None
    for sheet in (COMPONENTS, TOKENS):
        if not (folder / sheet).is_file():
            raise ValueError(f"{folder} has no {sheet}")
    return name
