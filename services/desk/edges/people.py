"""The register of persons, as municipalities ask it: the API "BRP personen bevragen" (Haal Centraal), version 2.

It knows people by name. Nothing of it is kept here: a name goes to the page, a BSN to the timeline, and both are forgotten.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx2

from pages.upstream import Away
from service_runtime.logging import get_logger

ANSWER_SECONDS = 5.0
_FIELDS = ["burgerservicenummer", "naam.volledigeNaam", "geboorte.datum"]
# The register gives an error where more people than it shows are meant.
_TOO_MANY = 400

log = get_logger()


@dataclass(frozen=True, slots=True)
class Registered:
    """A person as the register knows them."""

    bsn: str = field(repr=False)
    name: str = field(repr=False)
    born: str | None = field(repr=False, default=None)


class PeopleRegister:
    """The register at an address, with the key that the municipality has for it."""

    def __init__(self, address: str, key: str | None, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        headers = {"X-API-KEY": key} if key else {}
        self._http = httpx2.AsyncClient(
            base_url=address, headers=headers, timeout=ANSWER_SECONDS, trust_env=False, transport=transport
        )

    async def named(self, name: str, born: date) -> list[Registered]:
        """Returns the people of a family name and a date of birth; none where the register finds too many. Raises Away."""
        asked = {
            "type": "ZoekMetGeslachtsnaamEnGeboortedatum",
            "geslachtsnaam": _family_name(name),
            "geboortedatum": born.isoformat(),
            "fields": _FIELDS,
        }
        return await self._asked(asked)

    async def with_bsn(self, bsn: str) -> Registered | None:
        """Returns the person of a BSN. Raises Away."""
        found = await self._asked({"type": "RaadpleegMetBurgerservicenummer", "burgerservicenummer": [bsn], "fields": _FIELDS})
        return found[0] if found else None

    async def close(self) -> None:
        await self._http.aclose()

    async def _asked(self, question: Mapping[str, object]) -> list[Registered]:
        try:
            answer = await self._http.post("/personen", json=question)
            if answer.status_code == _TOO_MANY:
                return []
            answer.raise_for_status()
            return [_registered(person) for person in answer.json()["personen"]]
        except (httpx2.HTTPError, ValueError, LookupError, TypeError) as fault:
            log.warning("people_register_away", reason=type(fault).__name__)
            raise Away("people_register") from None


def _registered(person: Mapping[str, Any]) -> Registered:
    born = person.get("geboorte", {}).get("datum", {}).get("datum")
    return Registered(person["burgerservicenummer"], person["naam"]["volledigeNaam"], born)


def _family_name(name: str) -> str:
    """Returns the family name without what stands before it: the register keeps "de" and "van der" apart."""
    words = name.split()
    return " ".join(word for word in words if word.lower() not in _BEFORE) or name


_BEFORE = frozenset(
    {"de", "den", "der", "van", "ter", "ten", "te", "het", "in", "op", "aan", "bij", "la", "le", "el", "al", "'t"}
)
