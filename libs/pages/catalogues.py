"""Keeps the catalogues of translations beside the templates: `python -m pages.catalogues` writes them, `--check` looks.

What a template says is in its package's `texts/en.po`, translated; what no template says any more is taken away.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from pages.texts import ENGLISH

_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "extensions": "jinja2.ext.i18n"}
_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}

Message = str | tuple[str, str]


def packages(root: Path) -> list[Path]:
    """Returns the packages that have templates."""
    return sorted(found.parent for tree in ("libs", "services", "deploy/plein") for found in (root / tree).glob("*/templates"))


def said_in(package: Path) -> list[tuple[Message, str]]:
    """Returns every text of a package's templates, with the template that says it first, in order of the templates."""
    found: dict[Message, str] = {}
    for template in sorted((package / "templates").rglob("*.html")):
        method = "jinja2.ext:babel_extract"
        for _, message, _, _ in extract_from_file(method, template, keywords=_KEYWORDS, options=_OPTIONS):
            said = message if isinstance(message, str) else (message[0], message[1])
            found.setdefault(said, template.relative_to(package / "templates").as_posix())
    return list(found.items())


def written(package: Path) -> bytes:
    """Returns the catalogue of a package as it should be, with the translations that are there."""
    known = _known(package)
    catalogue = Catalog(locale=ENGLISH, charset="utf-8", header_comment="# The English of the templates beside this folder.")
    for message, template in said_in(package):
        catalogue.add(message, known.get(message, ("", "") if isinstance(message, tuple) else ""), locations=[(template, 0)])
    out = BytesIO()
    write_po(out, catalogue, width=0, omit_header=True, include_lineno=False)
    return out.getvalue()


def faults(root: Path) -> Iterator[str]:
    """Says what is wrong with the catalogues, in a sentence for each."""
    for package in packages(root):
        name = package.name
        if not _file(package).exists() or _file(package).read_bytes() != written(package):
            yield f"{name}: texts/en.po is not what the templates say; run `make format`"
        known = _known(package)
        for message, template in said_in(package):
            if not known.get(message) or not all(known[message]):
                yield f"{name}: {template} says “{message if isinstance(message, str) else message[0]}”, which has no English"


def _known(package: Path) -> dict[Message, str | tuple[str, ...]]:
    if not _file(package).exists():
        return {}
    catalogue = read_po(BytesIO(_file(package).read_bytes()), locale=ENGLISH)
    found: dict[Message, str | tuple[str, ...]] = {}
    for message in catalogue:
        if message.id and message.string:
            key = message.id if isinstance(message.id, str) else (message.id[0], message.id[1])
            found[key] = message.string if isinstance(message.string, str) else tuple(message.string)
    return found


def _file(package: Path) -> Path:
    return package / "texts" / f"{ENGLISH}.po"


def main() -> None:
    root = Path(__file__).parents[2]
    if "--check" in sys.argv:
        found = list(faults(root))
        sys.exit("\n".join(found) or None)
    for package in packages(root):
        _file(package).parent.mkdir(exist_ok=True)
        _file(package).write_bytes(written(package))


if __name__ == "__main__":
    main()
