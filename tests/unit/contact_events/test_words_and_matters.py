"""The words people read for codes, and the fields that are marked as personal."""

from importlib.resources import files

import pytest

from contact_events.channels import CHANNEL_WORDS, Channel, channel_word
from contact_events.interactions import InteractionRecorded
from contact_events.matters import Matters
from contact_events.outreach import ChannelChosen
from contact_events.personal_data import personal_fields


def test_every_known_channel_has_a_word_in_both_languages() -> None:
    assert set(CHANNEL_WORDS) == {"nl", "en"}
    assert all(set(words) == set(Channel) for words in CHANNEL_WORDS.values()), "give the channel its word in CHANNEL_WORDS"


def test_a_channel_not_heard_of_reads_as_its_code() -> None:
    assert channel_word("web") == "website"
    assert channel_word("smoke_signal", "en") == "smoke_signal"


def test_the_matters_shipped_as_an_example_are_a_catalogue() -> None:
    matters = Matters.from_toml(files("contact_events").joinpath("municipality/matters.toml").read_text())

    assert "aow" in matters
    assert matters.by_code["aow"].nl


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("aow", "is not TOML"),
        ("", "names no matter"),
        ("[aow]\nnl = 'AOW'", "a name in `nl` and in `en`"),
        ("aow = 1", "a name in `nl` and in `en`"),
        ("['AOW en meer']\nnl = 'AOW'\nen = 'State pension'", "small letters"),
    ],
)
def test_a_matters_file_written_wrongly_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Matters.from_toml(text)


def test_personal_fields_are_found_wherever_they_are_nested() -> None:
    fields = personal_fields(InteractionRecorded)

    assert fields["citizen.ref"] == "pseudonym"
    assert fields["summary"] == "free text"
    assert fields["logged_by"] == "employee"
    assert fields["contact_points[].sealed"] == "sealed"
    assert fields["call_back.contact_point"] == "pseudonym"
    assert personal_fields(ChannelChosen)["sentence{}"] == "free text"
