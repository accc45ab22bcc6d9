"""The purpose register: why somebody may look, and what that opens. The municipality owns the file (decision 11)."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

from contact_events.citizen_ref import RefKind
from contact_events.matters import Matters, municipality_text

# Codes and roles travel in events, which hold them to this form.
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_TEXTS = ("nl", "en", "legal_basis")
_LISTS = ("roles", "matters", "may_reveal")
_YES_OR_NO = ("confidential", "may_reach", "may_erase", "own")
_KINDS = frozenset({*(kind.value for kind in RefKind), "postal"})


class Opening(StrEnum):
    """What a purpose can open."""

    TIMELINE = "timeline"
    CONTACT_POINTS = "contact_points"
    CHANNEL_CHOICE = "channel_choice"
    ERASURE = "erasure"


class PurposeRefusal(StrEnum):
    """Why somebody may not look for a purpose. The values are the kinds of problem over HTTP; one that no register holds is
    a field that is not right.
    """

    NO_SUCH_PURPOSE = "no-such-purpose"
    PURPOSE_NOT_OPEN = "purpose-not-open"
    NOT_FOR_THIS_PURPOSE = "not-for-this-purpose"

    @property
    def heading(self) -> str:
        """What the problem is called."""
        return _REFUSAL_WORDS[self][0]

    @property
    def sentence(self) -> str:
        """What who asks can do about it."""
        return _REFUSAL_WORDS[self][1]

    @property
    def reason(self) -> str:
        """What is wrong with the field that names the purpose."""
        return _REFUSAL_WORDS[self][2]


_REFUSAL_WORDS: Mapping[PurposeRefusal, tuple[str, str, str]] = MappingProxyType(
    {
        PurposeRefusal.NO_SUCH_PURPOSE: (
            "There is no such purpose",
            "Name a purpose of the purpose register.",
            "is not in the purpose register",
        ),
        PurposeRefusal.PURPOSE_NOT_OPEN: (
            "This purpose is not for your role",
            "None of the roles in your token may use this purpose.",
            "is not open to a role of your token",
        ),
        PurposeRefusal.NOT_FOR_THIS_PURPOSE: (
            "This purpose does not open this",
            "The purpose register does not open this for your purpose. Name one that does, if your work needs it.",
            "does not open this",
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One purpose, who may use it, and what it opens.

    `matters` open the timeline (`every_matter`: all, also unknown ones). `may_reveal` opens the address book, which shows
    these kinds in full; None opens it not at all. `may_reach` opens asking how to reach somebody, and asking to reach them.
    `may_erase` opens forgetting somebody. `own` is a citizen who reads the own timeline.
    """

    code: str
    nl: str
    en: str
    legal_basis: str
    roles: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()
    every_matter: bool = False
    confidential: bool = False
    may_reveal: frozenset[str] | None = None
    may_reach: bool = False
    may_erase: bool = False
    own: bool = False

    def opens(self, opening: Opening) -> bool:
        match opening:
            case Opening.TIMELINE:
                return self.every_matter or bool(self.matters)
            case Opening.CONTACT_POINTS:
                return self.may_reveal is not None
            case Opening.CHANNEL_CHOICE:
                return self.may_reach
            case Opening.ERASURE:
                return self.may_erase

    def shows(self, matter: str, *, confidential: bool) -> bool:
        return (self.every_matter or matter in self.matters) and (self.confidential or not confidential)

    def reveals(self, kind: str) -> bool:
        return self.may_reveal is not None and kind in self.may_reveal

    def is_open_to(self, roles: Collection[str]) -> bool:
        return not self.own and not self.roles.isdisjoint(roles)

    def role_among(self, roles: Collection[str]) -> str | None:
        """Returns the role in which somebody uses this purpose; None for a citizen who reads the own timeline."""
        return min(self.roles.intersection(roles), default=None)


class Purposes:
    """The purposes by code."""

    def __init__(self, purposes: Mapping[str, Purpose]) -> None:
        self.by_code = MappingProxyType(dict(purposes))
        self.own = next(purpose for purpose in purposes.values() if purpose.own)

    @classmethod
    def from_toml(cls, text: str, matters: Matters) -> Self:
        """Reads `[code]` tables. Raises ValueError with a sentence that says what to mend."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            raise ValueError(f"the purposes file is not TOML: {fault}") from None
        if not tables:
            raise ValueError("the purposes file names no purpose")
        purposes = {code: _purpose(code, table, matters) for code, table in tables.items()}
        if sum(purpose.own for purpose in purposes.values()) != 1:
            raise ValueError(
                "the purposes file needs exactly one purpose with `own = true`: a citizen who reads the own timeline"
            )
        return cls(purposes)

    def allowed(self, code: str, roles: Collection[str], opening: Opening) -> Purpose | PurposeRefusal:
        """Returns the purpose when these roles may use it and it opens this."""
        purpose = self.by_code.get(code)
        if purpose is None:
            return PurposeRefusal.NO_SUCH_PURPOSE
        if not purpose.is_open_to(roles):
            return PurposeRefusal.PURPOSE_NOT_OPEN
        return purpose if purpose.opens(opening) else PurposeRefusal.NOT_FOR_THIS_PURPOSE


def read_registers(matters_file: Path | None, purposes_file: Path | None) -> tuple[Matters, Purposes]:
    """Returns what the municipality's own files hold, or the shipped examples. Raises ValueError that names the setting."""
    try:
        matters = Matters.from_toml(_text(matters_file, "matters.toml"))
    except ValueError as fault:
        raise ValueError(f"Set MATTERS_FILE to a file of matters: {fault}") from None
    try:
        return matters, Purposes.from_toml(_text(purposes_file, "purposes.toml"), matters)
    except ValueError as fault:
        raise ValueError(f"Set PURPOSES_FILE to a file of purposes: {fault}") from None


def _text(file: Path | None, example: str) -> str:
    try:
        return municipality_text(file, example)
    except (OSError, UnicodeDecodeError):
        raise ValueError("it cannot be read") from None


def _purpose(code: str, table: Any, matters: Matters) -> Purpose:
    if not _CODE.fullmatch(code):
        raise ValueError(f"`{code}` cannot be the code of a purpose: use small letters, digits and hyphens")
    if not isinstance(table, dict):
        raise ValueError(f"`{code}` in the purposes file is no table: write [{code}]")  # noqa: TRY004 - a fault in a file
    _check_form(code, table)
    _check_roles(code, table)
    _check_what_it_opens(code, table, matters)
    named = frozenset(table.get("matters", ()))
    return Purpose(
        code=code,
        nl=table["nl"],
        en=table["en"],
        legal_basis=table["legal_basis"],
        roles=frozenset(table.get("roles", ())),
        matters=named - {"*"},
        every_matter="*" in named,
        confidential=table.get("confidential", False),
        may_reveal=frozenset(table["may_reveal"]) if "may_reveal" in table else None,
        may_reach=table.get("may_reach", False),
        may_erase=table.get("may_erase", False),
        own=table.get("own", False),
    )


def _check_form(code: str, table: dict[str, Any]) -> None:
    if unknown := table.keys() - {*_TEXTS, *_LISTS, *_YES_OR_NO}:
        raise ValueError(f"the purpose `{code}` has an unknown field `{min(unknown)}`")
    for field in _TEXTS:
        if not isinstance(table.get(field), str) or not table[field].strip():
            raise ValueError(f"the purpose `{code}` needs a text in `{field}`")
        if len(table[field]) > 200:
            raise ValueError(f"the purpose `{code}` has more than 200 characters in `{field}`")
    for field in _LISTS:
        values = table.get(field, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise ValueError(f"the purpose `{code}` needs a list of texts in `{field}`")
    for field in _YES_OR_NO:
        if not isinstance(table.get(field, False), bool):
            raise ValueError(f"the purpose `{code}` needs true or false in `{field}`")  # noqa: TRY004 - a fault in a file


def _check_roles(code: str, table: dict[str, Any]) -> None:
    roles = table.get("roles", [])
    if strange := [role for role in roles if not _CODE.fullmatch(role)]:
        raise ValueError(f"the purpose `{code}` names a role that cannot be one: `{min(strange)}`")
    if table.get("own", False):
        if useless := table.keys() & {"roles", "may_reveal", "may_reach", "may_erase"}:
            raise ValueError(f"the purpose `{code}` is of citizens themselves (`own`): take `{min(useless)}` away")
    elif not roles:
        raise ValueError(f"the purpose `{code}` needs at least one role that may use it in `roles`")


def _check_what_it_opens(code: str, table: dict[str, Any], matters: Matters) -> None:
    named = set(table.get("matters", ()))
    if not named and ("matters" in table or table.get("own", False)):
        raise ValueError(f'the purpose `{code}` shows no matter: name matters, or write matters = ["*"]')
    if strangers := {matter for matter in named - {"*"} if matter not in matters}:
        raise ValueError(f"the purpose `{code}` names a matter that is not in the matters file: `{min(strangers)}`")
    if not named and table.get("confidential", False):
        raise ValueError(f"the purpose `{code}` shows what is confidential of no matter: name `matters`, or leave it out")
    if strangers := set(table.get("may_reveal", ())) - _KINDS:
        known = ", ".join(sorted(_KINDS))
        raise ValueError(f"the purpose `{code}` may reveal a kind that is not known, `{min(strangers)}`: use {known}")
    if not named and "may_reveal" not in table and not table.get("may_reach", False) and not table.get("may_erase", False):
        raise ValueError(f"the purpose `{code}` opens nothing: give it `matters`, `may_reveal`, `may_reach` or `may_erase`")
