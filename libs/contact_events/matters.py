"""The service catalogue: what a contact can be about. The municipality owns the file; its codes are the `matter` of events."""

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Self

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter: its code, and its name for people in Dutch and English."""

    code: str
    nl: str
    en: str


class Matters:
    """The matters by code."""

    def __init__(self, matters: dict[str, Matter]) -> None:
        self.by_code = MappingProxyType(matters)

    def __contains__(self, code: str) -> bool:
        return code in self.by_code

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Reads `[code]` tables with `nl` and `en`. Raises ValueError with a sentence that says what to mend."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            raise ValueError(f"the matters file is not TOML: {fault}") from None
        matters = {}
        for code, names in tables.items():
            if not _CODE.fullmatch(code):
                raise ValueError(f"the matter `{code}` has a code of small letters, digits, hyphens and dots, at most 80")
            if not isinstance(names, dict) or not names.get("nl") or not names.get("en"):
                raise ValueError(f"the matter `{code}` needs a name in `nl` and in `en`")
            matters[code] = Matter(code, names["nl"], names["en"])
        if not matters:
            raise ValueError("the matters file names no matter")
        return cls(matters)


def municipality_text(file: Path | None, example: str) -> str:
    """Returns what the municipality's own file says, or the shipped example. Raises OSError or UnicodeDecodeError."""
    return (file or files("contact_events") / "municipality" / example).read_text("utf-8")
