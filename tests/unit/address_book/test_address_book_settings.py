"""What the address book must be told, and the sentences it stops with when it was not."""

from pathlib import Path

import pytest

from address_book.main import Settings, build
from contact_events.sealing import OpeningKey
from service_runtime.settings import BadSettings, read_settings

ENVIRONMENT = {
    "HTTP_PORT": "8112",
    "TOKEN_ISSUERS_FILE": "issuers.toml",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "BROKER_SERVERS": "127.0.0.1:1",
    "PSEUDONYM_KEYS": "1:" + "aa" * 32,
    "OPENING_KEY": OpeningKey.generate().text,
    "STORAGE_KEYS": "1:" + "bb" * 32,
}


def settings(**other: str) -> Settings:
    return read_settings(Settings, {**ENVIRONMENT, **other})


@pytest.mark.parametrize("name", ["OPENING_KEY", "STORAGE_KEYS", "PSEUDONYM_KEYS"])
def test_a_missing_secret_stops_the_start_with_a_sentence(name: str) -> None:
    with pytest.raises(BadSettings) as refused:
        read_settings(Settings, {key: value for key, value in ENVIRONMENT.items() if key != name})

    assert [sentence for sentence in refused.value.sentences if sentence.startswith(f"Set {name} to ")]


async def test_every_secret_that_is_none_is_named_at_once_and_none_is_repeated() -> None:
    with pytest.raises(BadSettings) as refused:
        await build(settings(OPENING_KEY="c2hvcnQ=", STORAGE_KEYS="1:abcd", PSEUDONYM_KEYS="geheim"))

    assert [sentence.partition(":")[0] for sentence in refused.value.sentences] == [
        "OPENING_KEY",
        "STORAGE_KEYS",
        "PSEUDONYM_KEYS",
    ]
    assert not any(secret in str(refused.value) for secret in ("c2hvcnQ=", "abcd", "geheim"))


async def test_a_purposes_file_that_is_wrong_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "purposes.toml"
    wrong.write_text("[kijken]\n")

    with pytest.raises(BadSettings, match=r"Set PURPOSES_FILE .* `kijken`"):
        await build(settings(PURPOSES_FILE=str(wrong)))
    with pytest.raises(BadSettings, match=r"Set PURPOSES_FILE .* cannot be read"):
        await build(settings(PURPOSES_FILE=str(tmp_path / "absent.toml")))


def test_no_secret_shows_when_settings_are_printed() -> None:
    shown = repr(settings())

    assert not any(ENVIRONMENT[name].removeprefix("1:") in shown for name in ("OPENING_KEY", "STORAGE_KEYS", "PSEUDONYM_KEYS"))
