"""Medical and criminal data stay outside: a declared category is always refused, a text that looks so asks to be rephrased.

The words are a file of the house (sensitive_words.toml, which says how to read it). A refusal names the field and the kind,
never the word, and nothing of the text is kept or logged. Ground: GDPR articles 9 and 10; product journey 8.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Self

from front_door.free_text import free_texts
from front_door.given import Submitted
from front_door.submission import RefusalKind, Refused
from service_runtime.problems import FieldFault

REFUSED_CATEGORIES = frozenset(
    {"medical", "medisch", "health", "gezondheid", "criminal", "crimineel", "strafrechtelijk", "justitieel"}
)

_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_BETWEEN_WORDS = re.compile(r"[^a-z0-9-]+")
_DECLARED = "medical and criminal data do not belong here: they go to the professional who answers for them, never into Plein"
_LOOKS = {
    "medical": (
        "this text looks as if it tells something medical of a person. Rephrase it without the illness, treatment or medicine, "
        "or send `noMedicalOrCriminalDetail` with the reason why it is no medical detail about a person"
    ),
    "criminal": (
        "this text looks as if it tells something criminal of a person. Rephrase it without the offence or the punishment, "
        "or send `noMedicalOrCriminalDetail` with the reason why it is no criminal detail about a person"
    ),
}


@dataclass(frozen=True, slots=True)
class SensitiveWords:
    """The word list, compiled: per kind what is taken out of a text first, and what then may not be in it."""

    patterns: dict[str, tuple[re.Pattern[str], re.Pattern[str]]]

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Reads tables of `words` and `allowed`. Raises ValueError when a table has no words."""
        patterns = {}
        for kind, table in tomllib.loads(text).items():
            if not table.get("words"):
                raise ValueError(f"the word list `{kind}` names no words")
            patterns[kind] = (_pattern(table.get("allowed", ())), _pattern(table["words"]))
        return cls(patterns)

    def kind_of(self, text: str) -> str | None:
        """Returns `medical` or `criminal` when a text looks so, else None."""
        plain = _plain(text)
        for kind, (allowed, words) in self.patterns.items():
            if words.search(plain) and words.search(allowed.sub(" . ", plain)):
                return kind
        return None


@cache
def dutch_words() -> SensitiveWords:
    """Returns the word list that ships with the front door."""
    return SensitiveWords.from_toml(resources.files("front_door").joinpath("sensitive_words.toml").read_text(encoding="utf-8"))


def sensitive_refusal(body: Submitted, words: SensitiveWords, pointer: str = "") -> Refused | None:
    """Returns the refusal of a body that is declared or looks medical or criminal, naming every such field."""
    if body.category in REFUSED_CATEGORIES:
        return Refused(RefusalKind.MEDICAL_OR_CRIMINAL, (FieldFault("category", f"{pointer}/category", _DECLARED),))
    if body.no_medical_or_criminal_detail is not None:
        return None
    faults = tuple(
        FieldFault(where.rpartition("/")[2], pointer + where, _LOOKS[kind])
        for where, text in free_texts(body)
        if (kind := words.kind_of(text)) is not None
    )
    return Refused(RefusalKind.MEDICAL_OR_CRIMINAL, faults) if faults else None


def _plain(text: str) -> str:
    """Returns lower-case words without accents, one space between them; soft hyphens and zero-width signs are dropped."""
    if not text.isascii():
        decomposed = _INVISIBLE.sub("", unicodedata.normalize("NFKD", text))
        text = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _BETWEEN_WORDS.sub(" ", text.casefold())


def _pattern(entries: Iterable[str]) -> re.Pattern[str]:
    """Returns one pattern for all entries, those that begin a word grouped by their first letter: most fall away at once."""
    starting: dict[str, list[str]] = {}
    inside: list[str] = []
    for entry in entries:
        plain = "*".join(_plain(part) for part in entry.split("*"))
        if plain.startswith("*"):
            inside.append(_written(plain[1:]))
        else:
            starting.setdefault(plain[0], []).append(_written(plain[1:]))
    groups = [rf"{re.escape(letter)}(?:{'|'.join(endings)})" for letter, endings in sorted(starting.items())]
    found = [*([rf"(?<![a-z0-9])(?:{'|'.join(groups)})"] if groups else ()), *inside]
    # Without entries: what matches nothing.
    return re.compile(rf"(?:{'|'.join(found)})(?![a-z0-9])" if found else r"(?!)")


def _written(entry: str) -> str:
    return re.escape(entry).replace(r"\*", "[a-z0-9]*").replace(r"\ ", " +").replace(r"\-", "-? ?")
