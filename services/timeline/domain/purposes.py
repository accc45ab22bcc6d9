"""The purpose register: why somebody may look, and what becomes visible then. The municipality owns the file (decision 11)."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Self

from contact_events.matters import Matters

# Codes and roles travel in events, which hold them to this form.
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_FIELDS = {"nl", "en", "legal_basis", "matters", "confidential", "roles", "own"}


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose. `every_matter` shows all matters, also unknown ones; `own` is a citizen who reads the own timeline."""

    code: str
    nl: str
    en: str
    legal_basis: str
    matters: frozenset[str] = frozenset()
    every_matter: bool = False
    confidential: bool = False
    roles: frozenset[str] = frozenset()
    own: bool = False

    def shows(self, matter: str, *, confidential: bool) -> bool:
        return (self.every_matter or matter in self.matters) and (self.confidential or not confidential)

    def is_open_to(self, roles: Collection[str]) -> bool:
        return not self.own and not self.roles.isdisjoint(roles)


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
        purposes = {code: _purpose(code, table, matters) for code, table in tables.items()}
        if sum(purpose.own for purpose in purposes.values()) != 1:
            raise ValueError(
                "the purposes file needs exactly one purpose with `own = true`: a citizen who reads the own timeline"
            )
        return cls(purposes)


def _purpose(code: str, table: Any, matters: Matters) -> Purpose:
    if not _CODE.fullmatch(code):
        raise ValueError(f"`{code}` cannot be the code of a purpose: use small letters, digits and hyphens")
    if not isinstance(table, dict):
        raise ValueError(f"`{code}` in the purposes file is no table: write [{code}]")  # noqa: TRY004 - a fault in a file
    if unknown := set(table) - _FIELDS:
        raise ValueError(f"the purpose `{code}` has an unknown field `{min(unknown)}`")
    for field in ("nl", "en", "legal_basis"):
        if not isinstance(table.get(field), str) or not table[field].strip():
            raise ValueError(f"the purpose `{code}` needs a text in `{field}`")
        if len(table[field]) > 200:
            raise ValueError(f"the purpose `{code}` has more than 200 characters in `{field}`")
    for field in ("matters", "roles"):
        if not isinstance(table.get(field, []), list) or not all(isinstance(value, str) for value in table.get(field, [])):
            raise ValueError(f"the purpose `{code}` needs a list of texts in `{field}`")
    for field in ("confidential", "own"):
        if not isinstance(table.get(field, False), bool):
            raise ValueError(f"the purpose `{code}` needs true or false in `{field}`")  # noqa: TRY004 - a fault in a file
    if strange := [role for role in table.get("roles", []) if not _CODE.fullmatch(role)]:
        raise ValueError(f"the purpose `{code}` names a role that cannot be one: `{min(strange)}`")
    named = set(table.get("matters", []))
    if not named:
        raise ValueError(f'the purpose `{code}` shows no matter: name matters, or write matters = ["*"]')
    if strangers := {matter for matter in named - {"*"} if matter not in matters}:
        raise ValueError(f"the purpose `{code}` names a matter that is not in the matters file: `{min(strangers)}`")
    own = table.get("own", False)
    if not own and not table.get("roles"):
        raise ValueError(f"the purpose `{code}` needs at least one role that may use it in `roles`")
    return Purpose(
        code=code,
        nl=table["nl"],
        en=table["en"],
        legal_basis=table["legal_basis"],
        matters=frozenset(named - {"*"}),
        every_matter="*" in named,
        confidential=table.get("confidential", False),
        roles=frozenset(table.get("roles", [])),
        own=own,
    )
