"""A door that lacks something says what, in a sentence without the secret."""

from pathlib import Path

import pytest

from front_door.settings import DoorSettings, read_keys, read_matters
from handlers.adapters.opened_doors import door_settings
from service_runtime.settings import BadSettings, read_settings


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"PSEUDONYM_KEYS": "1:kanarie"}, "PSEUDONYM_KEYS"),
        ({"PSEUDONYM_KEYS": "1:abcd"}, "PSEUDONYM_KEYS"),
        ({"SEALING_KEY": "kanarie"}, "SEALING_KEY"),
    ],
)
def test_a_key_that_is_none_stops_the_start_and_is_not_repeated(tmp_path: Path, changes: dict[str, str], named: str) -> None:
    """One sentence that says which variable to set."""
    settings = door_settings(tmp_path, **changes)

    with pytest.raises(BadSettings) as refused:
        read_keys(settings)

    assert named in str(refused.value)
    assert changes[named] not in str(refused.value).replace("1:<64", "")


def test_every_missing_setting_is_named_at_once() -> None:
    """Nobody starts a service ten times to find ten variables."""
    with pytest.raises(BadSettings) as refused:
        read_settings(DoorSettings, {})

    told = " ".join(refused.value.sentences)
    for name in ("HTTP_PORT", "TOKEN_ISSUERS_FILE", "BROKER_SERVERS", "JOURNAL_FILE", "PSEUDONYM_KEYS", "SEALING_KEY"):
        assert name in told


@pytest.mark.parametrize("content", [None, "[aow", "", "[aow]\nnl = 'AOW'"], ids=["absent", "no TOML", "empty", "half a name"])
def test_a_catalogue_that_cannot_be_read_stops_the_start(tmp_path: Path, content: str | None) -> None:
    """The municipality owns the file, so the sentence says what to mend."""
    path = tmp_path / "matters.toml"
    if content is not None:
        path.write_text(content)

    with pytest.raises(BadSettings, match="MATTERS_FILE"):
        read_matters(door_settings(tmp_path, MATTERS_FILE=str(path)))


def test_without_a_file_the_example_catalogue_is_used(tmp_path: Path) -> None:
    """So that a first start needs no file."""
    assert "aow" in read_matters(door_settings(tmp_path))
