"""Settings that do not suffice stop the start, with one sentence per fault."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from service_runtime.settings import BadSettings, DatabaseSettings, ServiceSettings, read_settings


class Settings(ServiceSettings, DatabaseSettings):
    pseudonym_keys: SecretStr | None = None


ENOUGH = {
    "HTTP_PORT": "8110",
    "TOKEN_ISSUERS_FILE": "/etc/plein/issuers.toml",
    "DATABASE_URL": "postgresql://timeline:secret@127.0.0.1:5432/plein",
}


def test_what_was_set_is_read_whatever_its_case_and_the_rest_has_defaults() -> None:
    found = read_settings(Settings, ENOUGH | {"log_level": "debug", "CORS_ORIGINS": "https://a.nl , https://b.nl", "OTHER": "x"})

    assert (found.http_port, found.http_host, found.log_level) == (8110, "127.0.0.1", "debug")
    assert found.cors_origins == ("https://a.nl", "https://b.nl")
    assert found.token_issuers_file == Path("/etc/plein/issuers.toml")
    assert (found.max_body_bytes, found.database_pool_size, found.token_audience) == (1_000_000, 8, "plein")


def test_the_address_is_the_public_one_or_else_the_one_listened_on() -> None:
    own = read_settings(Settings, ENOUGH)
    public = read_settings(Settings, ENOUGH | {"PUBLIC_URL": "https://plein.example.nl/"})

    assert own.address == "http://127.0.0.1:8110"
    assert public.address == "https://plein.example.nl"


def test_everything_that_is_missing_is_named_at_once_with_what_to_set_it_to() -> None:
    with pytest.raises(BadSettings) as stopped:
        read_settings(Settings, {})

    assert sorted(stopped.value.sentences) == [
        "Set DATABASE_URL to the database, as postgresql://user:password@host:port/database.",
        "Set HTTP_PORT to the port to listen on, for example 8101.",
        "Set TOKEN_ISSUERS_FILE to the path of the file that names the trusted token issuers.",
    ]


def test_an_empty_variable_counts_as_not_set() -> None:
    with pytest.raises(BadSettings, match="Set HTTP_PORT to the port"):
        read_settings(Settings, ENOUGH | {"HTTP_PORT": ""})


@pytest.mark.parametrize(("name", "value", "wanted"), [
    ("HTTP_PORT", "99999", "the port to listen on, for example 8101"),
    ("LOG_LEVEL", "loud", "debug, info, warning or error"),
    ("MAX_BODY_BYTES", "0", "the largest request body in bytes, at least 1"),
    ("DATABASE_POOL_SIZE", "0", "the most connections to hold, from 1 to 200"),
    ("PUBLIC_URL", "plein", "the address callers see, for example https://plein.example.nl"),
])  # fmt: skip
def test_a_value_that_cannot_be_is_named_with_what_to_set_it_to(name: str, value: str, wanted: str) -> None:
    with pytest.raises(BadSettings) as stopped:
        read_settings(Settings, ENOUGH | {name: value})

    assert stopped.value.sentences == (f"{name} cannot be read. Set {name} to {wanted}.",)


def test_no_sentence_repeats_a_value_because_a_value_may_be_a_secret() -> None:
    with pytest.raises(BadSettings) as stopped:
        read_settings(Settings, ENOUGH | {"DATABASE_URL": "mysql://u:hunter2@h/d", "HTTP_PORT": "hunter2"})

    assert len(stopped.value.sentences) == 2
    assert "hunter2" not in str(stopped.value)
    assert "it must start with postgresql://" in str(stopped.value)


def test_a_validation_error_that_nobody_turned_into_sentences_shows_no_value_either() -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(http_port="hunter2", token_issuers_file=Path("x"), database_url="postgresql://h/d")  # type: ignore[arg-type]

    assert "hunter2" not in str(refused.value)


def test_settings_do_not_show_their_secrets_when_printed() -> None:
    assert "secret" not in repr(read_settings(Settings, ENOUGH | {"PSEUDONYM_KEYS": "1:secret"}))


def test_without_a_given_environment_that_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENOUGH.items():
        monkeypatch.setenv(name, value)

    assert read_settings(Settings).http_port == 8110
