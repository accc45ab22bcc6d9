"""Why somebody may see a contact point: the municipality's own file (architecture, decision 11)."""

import tomllib
from collections.abc import Collection
from enum import StrEnum
from types import MappingProxyType
from typing import Self

import msgspec


class Refusal(StrEnum):
    """Why a contact point is not shown."""

    UNKNOWN_PURPOSE = "unknown-purpose"
    NOT_YOUR_PURPOSE = "not-your-purpose"
    KIND_NOT_FOR_PURPOSE = "kind-not-for-purpose"
    NOT_KEPT = "not-kept"


REFUSAL_SENTENCES: dict[Refusal, str] = {
    Refusal.UNKNOWN_PURPOSE: "This purpose is not in the register of the address book.",
    Refusal.NOT_YOUR_PURPOSE: "Your role may not look for this purpose.",
    Refusal.KIND_NOT_FOR_PURPOSE: "This purpose does not need a contact point of this kind.",
    Refusal.NOT_KEPT: "There is no such contact point, or not any more.",
}


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One purpose: its names, its legal basis, the kinds it may reveal and the roles that may use it (none named: all)."""

    nl: str
    en: str
    legal_basis: str
    may_reveal: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    code: str = ""

    def is_for(self, roles: Collection[str]) -> bool:
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
            try:
                purpose = msgspec.convert(table, Purpose)
            except msgspec.ValidationError as fault:
                raise ValueError(f"the purpose `{code}` of the address book is not right: {fault}") from None
            if not purpose.legal_basis.strip():
                raise ValueError(f"the purpose `{code}` of the address book names no legal basis")
            purposes[code] = msgspec.structs.replace(purpose, code=code)
        if not purposes:
            raise ValueError("the purposes file of the address book names no purpose")
        return cls(purposes)

    def allowed(self, code: str, roles: Collection[str]) -> Purpose | Refusal:
        """Returns the purpose when these roles may look for it."""
        purpose = self.by_code.get(code)
        if purpose is None:
            return Refusal.UNKNOWN_PURPOSE
        return purpose if purpose.is_for(roles) else Refusal.NOT_YOUR_PURPOSE
