"""Why somebody may ask how to reach a citizen: the municipality's own file (architecture, decision 11)."""

import re
import tomllib
from collections.abc import Collection
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Self

import msgspec

# Codes and roles travel in events, which hold them to this form.
_FORM = r"^[a-z0-9][a-z0-9_.-]{0,79}\Z"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Role = Annotated[str, msgspec.Meta(pattern=_FORM)]


class Refusal(StrEnum):
    """Why a question is not answered for a purpose."""

    NO_SUCH_PURPOSE = "no_such_purpose"
    PURPOSE_NOT_OPEN = "purpose_not_open"


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purpose: its names, its legal basis and the roles that may use it (none named: all)."""

    nl: Text
    en: Text
    legal_basis: Text
    roles: tuple[Role, ...] = ()
    code: str = ""

    def role_among(self, roles: Collection[str]) -> str | None:
        """Returns the role that somebody looks in: one the purpose names, else the first of theirs that a line can hold."""
        named = next((role for role in self.roles if role in roles), None)
        return named or min((role for role in roles if re.fullmatch(_FORM, role)), default=None)

    def is_open_to(self, roles: Collection[str]) -> bool:
        return not self.roles or not set(self.roles).isdisjoint(roles)


class Purposes:
    """The purposes by code."""

    def __init__(self, purposes: dict[str, Purpose]) -> None:
        self.by_code = MappingProxyType(purposes)

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Reads `[code]` tables. Raises ValueError with a sentence that says what to mend."""
        try:
            tables = tomllib.loads(text)
        except tomllib.TOMLDecodeError as fault:
            raise ValueError(f"the purposes file is not TOML: {fault}") from None
        purposes = {}
        for code, table in tables.items():
            if re.fullmatch(_FORM, code) is None:
                raise ValueError(f"`{code}` cannot be the code of a purpose: use small letters, digits and hyphens")
            try:
                purpose = msgspec.convert(table, Purpose)
            except msgspec.ValidationError as fault:
                raise ValueError(f"the purpose `{code}` of the channel router is not right: {fault}") from None
            if not purpose.legal_basis.strip():
                raise ValueError(f"the purpose `{code}` of the channel router names no legal basis")
            purposes[code] = msgspec.structs.replace(purpose, code=code)
        if not purposes:
            raise ValueError("the purposes file of the channel router names no purpose")
        return cls(purposes)

    def allowed(self, code: str, roles: Collection[str]) -> Purpose | Refusal:
        """Returns the purpose when these roles may ask for it."""
        purpose = self.by_code.get(code)
        if purpose is None:
            return Refusal.NO_SUCH_PURPOSE
        return purpose if purpose.is_open_to(roles) else Refusal.PURPOSE_NOT_OPEN
