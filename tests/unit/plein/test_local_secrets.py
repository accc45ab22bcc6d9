"""The secrets of the embedded stack are made once, kept closed, and give tokens that the services' own checker accepts."""

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from contact_events.citizen_ref import PseudonymKeys
from contact_events.sealing import OpeningKey, SealingKey
from plein.commands.secrets import new_secrets
from plein.local.keys import local_keys
from plein.local.personas import PERSONAS
from plein.local.ports import CannotStart
from plein.local.tokens import AUDIENCE, mint_token, write_issuers
from plein.services import SERVICES
from service_runtime.tokens import BadToken, TokenChecker, read_issuers


def test_secrets_are_made_once_and_read_again(tmp_path: Path) -> None:
    first, again = local_keys(tmp_path), local_keys(tmp_path)

    assert first.pseudonym_keys == again.pseudonym_keys
    assert first.role_passwords == again.role_passwords
    assert first.signing_key.kid == again.signing_key.kid


def test_only_their_owner_may_read_them_and_the_public_file_holds_no_private_key(tmp_path: Path) -> None:
    keys = local_keys(tmp_path)
    write_issuers(tmp_path, keys.signing_key, 8190)

    public = json.loads((tmp_path / "jwks.json").read_text())["keys"][0]

    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert "d" not in public


def test_a_secret_that_was_added_later_is_made_without_changing_the_others(tmp_path: Path) -> None:
    before = local_keys(tmp_path)
    file = tmp_path / "secrets.json"
    kept = json.loads(file.read_text())
    del kept["storage_keys"]
    file.write_text(json.dumps(kept))

    after = local_keys(tmp_path)

    assert after.storage_keys != before.storage_keys
    assert after.pseudonym_keys == before.pseudonym_keys


@pytest.mark.parametrize("persona", PERSONAS, ids=lambda persona: persona.name)
async def test_the_services_own_checker_accepts_a_minted_token_and_reads_who_it_is(tmp_path: Path, persona: object) -> None:
    who = next(each for each in PERSONAS if each is persona)
    checker = _checker(tmp_path)

    principal = await checker.principal(mint_token(tmp_path, who.name))

    assert principal.scopes == frozenset(who.scopes)
    assert principal.client_id == who.name
    assert list(principal.sources) == [source for source in [who.claims.get("source")] if source]
    assert (principal.bsn is not None) is ("bsn" in who.claims)


async def test_a_token_ends_and_a_token_of_another_folder_proves_nothing(tmp_path: Path) -> None:
    checker = _checker(tmp_path / "one")
    local_keys(tmp_path / "other")

    for token in (
        mint_token(tmp_path / "one", "agent", lifetime=timedelta(hours=-1)),
        mint_token(tmp_path / "other", "agent"),
    ):
        with pytest.raises(BadToken):
            await checker.principal(token)


def test_no_stack_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="run `plein up` first"):
        mint_token(tmp_path, "agent")


def test_the_sign_in_server_is_a_second_issuer_with_its_own_algorithm(tmp_path: Path) -> None:
    told = tomllib.loads(write_issuers(tmp_path, local_keys(tmp_path).signing_key, 8190).read_text())["issuer"]

    assert [(each["issuer"], each["algorithms"]) for each in told] == [
        ("urn:plein:local", ["ES256"]),
        ("http://127.0.0.1:8190", ["RS256"]),
    ]


def test_the_secrets_for_compose_are_new_each_time_and_fit_together() -> None:
    one, other = new_secrets(), new_secrets()

    assert one.keys() == other.keys()
    assert not set(one.values()) & set(other.values())
    assert OpeningKey.from_text(one["OPENING_KEY"]).sealing_key_text == one["SEALING_KEY"]
    assert SealingKey.from_text(one["SEALING_KEY"])
    assert PseudonymKeys.from_text(one["PSEUDONYM_KEYS"])
    assert {f"KAFKA_{service.name.upper()}_PASSWORD" for service in SERVICES} <= one.keys()


def _checker(folder: Path) -> TokenChecker:
    issuers = write_issuers(folder, local_keys(folder).signing_key, 8190)
    return TokenChecker(read_issuers(issuers), AUDIENCE)
