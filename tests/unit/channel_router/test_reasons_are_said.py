"""Every reason can be said to people."""

import re

import msgspec
import pytest

from builders import MONDAY_10H, a_policy, a_request, at, citizen_facts, no_phone
from channel_router.domain.preference import preferred_channel
from channel_router.domain.reasons import ASKED_NOT, LANGUAGES, SENTENCES, Reason, said
from contact_events.words import Code

MOST_WORDS_A_SENTENCE = 15  # B1: short sentences


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_short_sentences_in_dutch_and_english(reason: Reason, language: str) -> None:
    text = said(reason, language)

    sentences = [sentence for sentence in re.split(r"(?<=[.])\s", text) if sentence]
    assert sentences
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)
    assert all(len(sentence.split()) <= MOST_WORDS_A_SENTENCE for sentence in sentences)


@pytest.mark.parametrize("reason", Reason)
def test_dutch_and_english_are_two_sentences(reason: Reason) -> None:
    assert SENTENCES[reason]["nl"] != SENTENCES[reason]["en"]


def test_no_reason_speaks_with_the_words_of_another() -> None:
    texts = [said(reason, language) for reason in Reason for language in LANGUAGES]

    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_a_code_that_events_can_carry(reason: Reason) -> None:
    assert msgspec.convert(reason.value, Code) == reason.value


def test_every_channel_of_the_policy_has_its_own_refusal() -> None:
    assert set(ASKED_NOT) == set(a_policy().channels)


def test_the_choice_reads_as_one_paragraph() -> None:
    facts = citizen_facts(wishes=[no_phone()])

    choice = preferred_channel(a_request(reach_before=at("2026-12-11 12:00")), facts, a_policy(), now=MONDAY_10H)

    assert choice.sentence["nl"] == (
        "Wij sturen de inwoner een brief vanaf maandag 23 november om 10.00 uur en vóór vrijdag 11 december om 12.00 uur. "
        "De gemeente kiest dit bij dit soort berichten. "
        "Niet per Mijn Plein: de inwoner heeft lang niet ingelogd. "
        "Niet per e-mail: wij hebben hiervoor geen adres of nummer. "
        "Niet per telefoon: de inwoner wil niet gebeld worden. "
        "Lukt dat niet, dan: sms vanaf donderdag 3 december om 10.00 uur, "
        "daarna medewerker vanaf vrijdag 4 december om 10.00 uur."
    )
    assert choice.sentence["en"] == (
        "We send the citizen a letter from Monday 23 November at 10:00 and before Friday 11 December at 12:00. "
        "The municipality chooses this for this kind of message. "
        "Not by My Plein: the citizen has not signed in for a long time. "
        "Not by e-mail: we have no address or number for this. "
        "Not by phone: the citizen asked not to be phoned. "
        "If that fails: text message from Thursday 3 December at 10:00, then employee from Friday 4 December at 10:00."
    )
