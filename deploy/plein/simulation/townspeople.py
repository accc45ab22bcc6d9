"""Who lives in the made-up town. Nobody: test numbers, numbers for films, and example.nl."""

from dataclasses import dataclass
from functools import cache
from random import Random

from stdnum.nl import bsn

# The published Dutch test numbers begin with 9999 (999990342 is one of them); 06-1234xxxx is what forms show as an example.
_BSN_RANGE = range(999_900_000, 1_000_000_000)
_STORY_BSN = "999990342"
_PHONES = 10_000
_FIRST = [
    "Anna",
    "Bram",
    "Carla",
    "Daan",
    "Elif",
    "Fatima",
    "Gerrit",
    "Hanna",
    "Ilse",
    "Jan",
    "Kees",
    "Lotte",
    "Mo",
    "Nadia",
    "Omar",
    "Petra",
    "Quinten",
    "Rosa",
    "Sami",
    "Tess",
    "Ugur",
    "Vera",
    "Wim",
    "Yara",
    "Zoë",
]
_LAST = [
    "Bakker",
    "Visser",
    "Smit",
    "Meijer",
    "Mulder",
    "Bos",
    "Vos",
    "Peters",
    "Hendriks",
    "Dekker",
    "Brouwer",
    "Yilmaz",
    "Kaya",
    "Jansen",
    "Koster",
    "Prins",
    "Blom",
    "Post",
    "Kuiper",
    "Postma",
]
# Of a made-up municipality, as insight names them; the last ones are small.
_NEIGHBOURHOODS = {
    "BU99990101": 30,
    "BU99990102": 18,
    "BU99990201": 24,
    "BU99990202": 16,
    "BU99990301": 10,
    "BU99990302": 2,
}
# ISO 639-2/B, as often as one hears them at a counter.
_LANGUAGES = (("dut", 88), ("eng", 5), ("tur", 3), ("pol", 2), ("ara", 2))


@dataclass(frozen=True, slots=True)
class Person:
    """One made-up person. `phone` may be the household's; not everybody has an e-mail address or belongs to a club."""

    bsn: str
    name: str
    phone: str
    email: str | None
    language: str
    member_number: str | None
    household: int
    neighbourhood: str


@dataclass(frozen=True, slots=True)
class Town:
    """A made-up town: how many people, and how many events they bring on a working day."""

    name: str
    inhabitants: int
    events_per_day: float
    desks: int
    agents: int


TOWNS: dict[str, Town] = {
    town.name: town
    for town in (Town("dorp", 600, 40, 1, 3), Town("stad", 5_000, 600, 6, 25), Town("grote-stad", 9_000, 2_500, 14, 90))
}


@cache
def numbers_for_tests() -> tuple[str, ...]:
    """Returns the valid test BSNs, the story's own left out."""
    return tuple(text for number in _BSN_RANGE if bsn.is_valid(text := str(number)) and text != _STORY_BSN)


def townspeople(seed: int, town: Town) -> tuple[Person, ...]:
    """Returns the people of a town, the same for the same seed."""
    dice = Random(f"{seed} {town.name}")  # noqa: S311  # made-up people, no secrets
    numbers = dice.sample(numbers_for_tests(), town.inhabitants)
    people: list[Person] = []
    household = 0
    while len(people) < town.inhabitants:
        size = dice.choices((1, 2, 3, 4, 5), (36, 33, 12, 13, 6))[0]
        shares_phone = dice.random() < 0.3
        neighbourhood = dice.choices(list(_NEIGHBOURHOODS), list(_NEIGHBOURHOODS.values()))[0]
        last_name, shared = dice.choice(_LAST), _phone(household)
        for place in range(min(size, town.inhabitants - len(people))):
            number = len(people)
            first = dice.choice(_FIRST)
            people.append(
                Person(
                    bsn=numbers[number],
                    name=f"{first} {last_name}",
                    phone=shared if shares_phone or place == 0 else _phone(town.inhabitants + number),
                    email=f"{first}.{last_name}{number}@example.nl".lower().replace("ë", "e") if dice.random() < 0.75 else None,
                    language=dice.choices([code for code, _ in _LANGUAGES], [weight for _, weight in _LANGUAGES])[0],
                    member_number=f"L-{20_000 + number}" if dice.random() < 0.08 else None,
                    household=household,
                    neighbourhood=neighbourhood,
                )
            )
        household += 1
    return tuple(people)


def employee(number: int) -> str:
    """Returns the name of somebody who works for the town, or helps at a club; the same for the same number."""
    return f"{_FIRST[number * 7 % len(_FIRST)]} {_LAST[number * 3 % len(_LAST)]}"


def _phone(number: int) -> str:
    return f"061234{number % _PHONES:04}"
