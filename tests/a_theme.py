"""A look for pages that nobody looks at: what `plein theme` makes, without asking npm."""

import json
from pathlib import Path

from pages.theme import COMPONENTS, MADE_OF, TOKENS


def a_theme(folder: Path, name: str = "a-theme") -> Path:
    """Fills a folder with a theme of that class."""
    folder.mkdir()
    for sheet in (COMPONENTS, TOKENS):
        (folder / sheet).write_text("")
    (folder / MADE_OF).write_text(json.dumps({"tokens": {"class": name}}))
    return folder
