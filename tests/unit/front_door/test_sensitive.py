"""The word list, both ways: what is refused, and what must not be."""

import time

import pytest

from front_door.door import Kind
from front_door.sensitive import REFUSED_CATEGORIES, SensitiveWords, dutch_words, sensitive_refusal
from front_door.submission import RefusalKind, Refused
from web_adapter.domain import DOOR

KIND: Kind = DOOR.contact

MEDICAL = [
    "ik heb kanker",
    "Mijn man heeft longkanker.",
    "depressie",
    "Zij is manisch-depressief",
    "medicijnen",
    "Ik slik medicijnen en kan niet komen",
    "mijn zoon heeft ADHD",
    "hij is autistisch",
    "ik lig in het ziekenhuis",
    "opgenomen in  het\nziekenhuis",
    "zij is dementerend",
    "ik ben ziek",
    "mijn gokverslaving",
    "hij is alcoholverslaafd",
    "een burn-out",
    "een burn out",
    "BURNOUT",
    "Depréssie",
    "deze­pressie was een depres­sie",
    "zij heeft een eetstoornis",
    "gediagnosticeerd met reuma",
    "anti-depressiva",
    "ze is zwanger",
    "ik lijd aan epilepsie",
]
CRIMINAL = [
    "strafblad",
    "hij heeft een strafblad.",
    "veroordeeld",
    "Vorig jaar veroordeeld voor diefstal",
    "een eerdere veroordeling",
    "zij zit in de gevangenis",
    "ex-gedetineerde zoekt woning",
    "de reclassering belde",
    "hij draagt een enkelband",
    "slachtoffer van huiselijk geweld",
    "wordt verdacht van fraude",
    "TBS",
    "een taakstraf",
]
NEITHER = [
    "ik heb een vraag over de Wmo",
    "Wanneer kan ik mijn AOW aanvragen?",
    "ziekenhuisparkeren",
    "Waar kan ik parkeren bij het ziekenhuis?",
    "Welke bus gaat er naar het ziekenhuis",
    "Ik wil een gehandicaptenparkeerkaart aanvragen",
    "Aanvraag traplift en huishoudelijke hulp",
    "Ik wil een rolstoel via de Wmo",
    "Wanneer komt de chemokar?",
    "Waar lever ik oude medicijnen in? Oude medicijnen inleveren bij de milieustraat",
    "Er staat een zieke boom in de straat",
    "iepziekte in de laan",
    "Ik wil aangifte doen van verhuizing",
    "aangifte gemeentebelasting",
    "Aangifte van geboorte",
    "Ik wil een VOG aanvragen (verklaring omtrent gedrag)",
    "een parkeerboete gekregen",
    "verdachte geur bij het riool",
    "Het gevangenismuseum bezoeken met school",
    "Vergunning voor een collecte kankerbestrijding",
    "zwangerschapsverlof van een medewerker",
    "Dit is een element van de demonstratie",
    "kan ik u verslaan met schaken",
    "Zorgtoeslag en zorgverzekering",
    "Ik ben ziek van de herrie in de straat",
    "",
]


@pytest.mark.parametrize("text", MEDICAL)
def test_a_text_that_tells_something_medical_is_seen(text: str) -> None:
    """Capitals, accents, hyphens and line breaks hide nothing."""
    assert dutch_words().kind_of(text) == "medical"


@pytest.mark.parametrize("text", CRIMINAL)
def test_a_text_that_tells_something_criminal_is_seen(text: str) -> None:
    """A sentence, a punishment, a suspicion."""
    assert dutch_words().kind_of(text) == "criminal"


@pytest.mark.parametrize("text", NEITHER)
def test_a_text_that_only_looks_alike_passes(text: str) -> None:
    """Asking for a provision, a place or a permit is no detail about a person."""
    assert dutch_words().kind_of(text) is None


def test_an_exception_does_not_excuse_the_rest_of_the_text() -> None:
    """Only the words of the exception are taken out."""
    assert dutch_words().kind_of("Parkeren bij het ziekenhuis, want oude medicijnen inleveren; ik heb kanker") == "medical"


def test_a_very_long_text_is_read_in_a_moment() -> None:
    """No text makes the patterns run away."""
    for text in ("a" * 10_000, "kanke " * 1_600, "-" * 10_000, "depress" * 1_400):
        started = time.process_time()
        dutch_words().kind_of(text)
        assert time.process_time() - started < 0.5


@pytest.mark.parametrize("category", sorted(REFUSED_CATEGORIES))
def test_a_declared_category_is_refused_whatever_the_reason(category: str) -> None:
    """The sender's own system says what it is."""
    body = KIND.read(dict(DOOR.example) | {"category": category, "noMedicalOrCriminalDetail": "het valt heus wel mee"})

    refused = sensitive_refusal(body, dutch_words())

    assert refused is not None
    assert refused.kind is RefusalKind.MEDICAL_OR_CRIMINAL


def test_every_text_that_looks_so_is_named_and_none_is_repeated() -> None:
    """The sender sees which fields to rephrase; the refusal holds nothing of them."""
    body = KIND.read(
        dict(DOOR.example)
        | {
            "summary": "ik heb kanker",
            "answer": "zijn strafblad",
            "heading": "AOW",
            "callBack": {"before": "2026-12-01T10:00:00Z", "asked": "over medicatie"},
        }
    )

    refused = sensitive_refusal(body, dutch_words())

    assert isinstance(refused, Refused)
    assert {fault.pointer for fault in refused.faults} == {"/summary", "/answer", "/callBack/asked"}
    assert not any(word in str(refused) for word in ("kanker", "strafblad", "medicatie"))


def test_a_stated_reason_lets_a_text_through() -> None:
    """A word is not always a detail about a person."""
    body = KIND.read(
        dict(DOOR.example)
        | {
            "summary": "Subsidie voor onderzoek naar kanker",
            "noMedicalOrCriminalDetail": "gaat over een subsidie, niet over iemand",
        }
    )

    assert sensitive_refusal(body, dutch_words()) is None


def test_a_list_without_words_is_no_list() -> None:
    """An empty table would let everything through."""
    with pytest.raises(ValueError, match="medical"):
        SensitiveWords.from_toml("[medical]\nwords = []")
