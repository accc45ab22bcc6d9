"""The words of pages: Dutch in the templates, English in catalogues beside them (gettext), one language per request."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

from babel.messages.pofile import read_po

DUTCH = "nl"
ENGLISH = "en"
LANGUAGES: Mapping[str, str] = MappingProxyType({DUTCH: "Nederlands", ENGLISH: "English"})

_language: ContextVar[str] = ContextVar("language", default=DUTCH)


class Texts:
    """What the texts of some packages are in each language. A text without translation stays Dutch; a test says which."""

    def __init__(self, folders: Iterable[Path]) -> None:
        self._words: dict[str, dict[str, str | tuple[str, ...]]] = {}
        for folder in folders:
            for file in sorted(folder.glob("*.po")):
                catalogue = read_po(BytesIO(file.read_bytes()), locale=file.stem)
                words = self._words.setdefault(file.stem, {})
                for message in catalogue:
                    text = message.id if isinstance(message.id, str) else message.id[0]
                    found = message.string if isinstance(message.string, str) else tuple(message.string or ())
                    if text and found and all(found):
                        words[text] = found

    def one(self, text: str) -> str:
        """Returns a text in the language of this request."""
        found = self._words.get(_language.get(), {}).get(text, text)
        return found if isinstance(found, str) else found[0]

    def many(self, singular: str, plural: str, count: int) -> str:
        """Returns the singular or the plural in the language of this request; both languages have two forms."""
        found = self._words.get(_language.get(), {}).get(singular)
        forms = found if isinstance(found, tuple) else (singular, plural)
        return forms[0] if count == 1 else forms[1]


def speak(language: str | None) -> None:
    """Lets this request speak a language; Dutch where that is none of ours."""
    _language.set(language if language is not None and language in LANGUAGES else DUTCH)


def language() -> str:
    """Returns the language of this request."""
    return _language.get()
