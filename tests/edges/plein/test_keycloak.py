"""The realm of docker-compose.yml on a real Keycloak: machines and people get what is theirs, and the services accept it."""

import html
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import yaml
from cryptography.fernet import Fernet, MultiFernet

from engines import Engines
from pages.doors import CALLBACK
from pages.session import Session
from pages.sign_in import SignIn
from plein.client_keys import client_assertion, key_variables
from plein.commands.secrets import new_secrets
from plein.local.keycloak import Keycloak
from plein.local.personas import PERSONAS, Persona, persona_named, scopes_of_people
from plein.local.ports import free_port
from plein.local.tokens import AUDIENCE
from plein.realm import password_variable
from plein.services import SERVICES, DeployedService
from plein.sign_in_client import Refused, machine_token
from service_runtime.tokens import Issuer, Principal, TokenChecker, read_issuers

ROOT = Path(__file__).resolve().parents[3]
CONTAINER = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["keycloak"]
SECRETS = new_secrets()
MACHINES = [persona for persona in PERSONAS if not persona.is_person]
# Each signs in at the pages that are theirs; nobody made pages for a privacy officer yet.
AT = {
    persona.name: service for persona in PERSONAS for service in SERVICES if persona.is_person and service.roles & persona.roles
}
PEOPLE = [persona for persona in PERSONAS if persona.name in AT]


@pytest.fixture(scope="module")
def keycloak(engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keycloak]:
    """A Keycloak that started with the container's own settings and took in the realm."""
    reason = engines.why_no_keycloak()
    if reason is not None:
        pytest.skip(f"NOT EXERCISED on Keycloak: {reason}")
    environment = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: SECRETS[found[1]], value)
        for name, value in CONTAINER["environment"].items()
    }
    started = Keycloak(tmp_path_factory.mktemp("keycloak"), ROOT / "deploy/keycloak/realm.json", environment)
    started.start()
    yield started
    started.kill()


@pytest.fixture
def realm(keycloak: Keycloak) -> str:
    """The issuer."""
    return f"{keycloak.address}/realms/plein"


def test_the_health_check_of_the_container_says_it_is_up_and_that_nothing_is(keycloak: Keycloak) -> None:
    command = [part.replace("$$", "$") for part in CONTAINER["healthcheck"]["test"][1:]]

    codes = [
        subprocess.run([*command[:-1], command[-1].replace("/9000", f"/{port}")], capture_output=True, check=False).returncode
        for port in (keycloak.management_port, free_port())
    ]

    assert codes[0] == 0
    assert codes[1] != 0


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
async def test_a_machine_gets_its_own_scope_and_source_by_its_key_and_the_services_accept_it(
    realm: str, machine: Persona
) -> None:
    token = machine_token(realm, machine.name, _private_key(machine))

    principal = await _checked(realm, token)

    assert (principal.client_id, principal.scopes) == (machine.name, frozenset(machine.scopes))
    assert principal.sources == (machine.claims["source"],)
    assert principal.organisation == machine.claims.get("organisation")
    assert principal.organisation_name == machine.claims.get("organisation_name")
    assert principal.roles == frozenset()


def test_a_machine_is_refused_with_another_ones_key_and_without_any(realm: str) -> None:
    web, counter = persona_named("web"), persona_named("counter")

    with pytest.raises(Refused):
        machine_token(realm, web.name, _private_key(counter))

    without = _post(f"{realm}/protocol/openid-connect/token", {"grant_type": "client_credentials", "client_id": web.name})
    assert without.status_code in {400, 401}


def test_a_machine_cannot_ask_for_the_scope_of_another_channel(realm: str) -> None:
    web = persona_named("web")

    with pytest.raises(Refused):
        machine_token(realm, web.name, _private_key(web), scope="interactions:counter:write")


def test_a_proof_counts_once_and_for_this_sign_in_server_only(realm: str) -> None:
    key = _private_key(persona_named("web"))
    proof, elsewhere = client_assertion("web", key, realm), client_assertion("web", key, "https://elsewhere.example/realms/plein")

    told = [_with_proof(realm, each).status_code for each in (proof, proof, elsewhere)]

    assert told == [200, 400, 400] or told == [200, 401, 401]


@pytest.mark.parametrize("person", PEOPLE, ids=lambda person: person.name)
async def test_a_person_signs_in_at_their_pages_and_gets_what_their_role_gives_whatever_the_pages_ask(
    realm: str, person: Persona
) -> None:
    sign_in = _sign_in(realm, AT[person.name])
    address, underway = await sign_in.begin("/")
    tokens, principal, _ = await sign_in.finish(underway, _answered(address, person), datetime.now(UTC))

    session = Session(b"", principal, tokens, "", datetime.now(UTC), datetime.now(UTC) + timedelta(hours=1))
    renewed = await sign_in.renewed(session, tokens.until)

    assert renewed.person.subject == principal.subject
    assert renewed.tokens.access != tokens.access
    assert urlsplit(await sign_in.farewell(session, f"{_address(AT[person.name])}/")).path.endswith("/logout")
    assert principal.scopes - {"openid", "profile"} == frozenset(person.scopes)
    assert principal.roles == frozenset(_texts(person.claims["roles"]))
    assert principal.name == person.claims["name"]
    assert (principal.bsn.get_secret_value() if principal.bsn else None) == person.claims.get("bsn")
    assert principal.acr == person.claims.get("acr")
    assert principal.sources == tuple(_texts(person.claims.get("source", [])))


def test_a_page_is_refused_without_pkce_and_with_a_scope_that_is_not_for_its_people(realm: str) -> None:
    with_pkce = {"code_challenge": "x" * 43, "code_challenge_method": "S256"}

    told = [_error(realm, scope="openid"), _error(realm, scope="openid erasures:write", **with_pkce)]

    assert told == [["invalid_request"], ["invalid_scope"]]


def test_no_application_may_send_the_password_of_a_person(realm: str) -> None:
    form = {"grant_type": "password", "client_id": "desk", "username": "agent", "password": SECRETS["AGENT_PASSWORD"]}

    answer = _post(f"{realm}/protocol/openid-connect/token", form)

    assert (answer.status_code, answer.json()["error"]) == (400, "unauthorized_client")


def test_the_issuers_file_of_compose_names_this_realm_as_the_services_read_it(realm: str) -> None:
    (trusted,) = read_issuers(ROOT / "deploy/keycloak/issuers.toml")
    told = httpx2.get(f"{realm}/.well-known/openid-configuration", trust_env=False).json()

    assert trusted.issuer == f"{CONTAINER['environment']['KC_HOSTNAME']}/realms/plein"
    assert urlsplit(trusted.jwks).path == urlsplit(told["jwks_uri"]).path
    assert set(trusted.algorithms) <= set(told["id_token_signing_alg_values_supported"])


async def _checked(realm: str, token: str) -> Principal:
    """Returns who the services' own checker says it is."""
    return await _checker(realm).principal(token)


def _checker(realm: str) -> TokenChecker:
    """The services' own checker, by the issuers file of compose with this realm's address in it."""
    (trusted,) = read_issuers(ROOT / "deploy/keycloak/issuers.toml")
    here = Issuer(realm, f"{realm}{urlsplit(trusted.jwks).path.removeprefix('/realms/plein')}", trusted.algorithms, trusted.types)
    return TokenChecker([here], AUDIENCE)


def _address(service: DeployedService) -> str:
    return f"http://127.0.0.1:{service.port}"


def _sign_in(realm: str, service: DeployedService) -> SignIn:
    """The sign-in of a service's pages, as compose gives it: a public client that proves itself by PKCE."""
    return SignIn(
        realm,
        service.name,
        scopes_of_people(service.roles),
        f"{_address(service)}{CALLBACK}",
        MultiFernet([Fernet(Fernet.generate_key())]),
        _checker(realm),
    )


def _answered(address: str, person: Persona) -> dict[str, str]:
    """Does what a browser and its user do: the form, with name and password. Returns what the issuer sends back with."""
    with httpx2.Client(trust_env=False, timeout=20) as browser:
        form = browser.get(address)
        action = re.search(r'action="([^"]+)"', form.text)
        assert action is not None, form.text
        # A browser takes 127.0.0.1 for secure and sends it the cookies marked so; this client does not by itself.
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
        filled_in = {"username": person.name, "password": SECRETS[password_variable(person)]}
        posted = browser.post(html.unescape(action[1]), data=filled_in, headers={"cookie": cookies})
        assert posted.status_code == 302, posted.text
    return {name: values[0] for name, values in parse_qs(urlsplit(posted.headers["location"]).query).items()}


def _error(realm: str, **asked: str) -> list[str]:
    page = {"client_id": "desk", "response_type": "code", "redirect_uri": f"{_address(AT['agent'])}{CALLBACK}"}
    answer = httpx2.get(f"{realm}/protocol/openid-connect/auth", params={**page, **asked}, trust_env=False, timeout=20)
    return parse_qs(urlsplit(answer.headers["location"]).query)["error"]


def _with_proof(realm: str, proof: str) -> httpx2.Response:
    return _post(
        f"{realm}/protocol/openid-connect/token",
        {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": proof,
        },
    )


def _post(address: str, form: dict[str, str]) -> httpx2.Response:
    return httpx2.post(address, data=form, trust_env=False, timeout=20)


def _private_key(machine: Persona) -> str:
    return SECRETS[key_variables(machine.name).private_key]


def _texts(value: object) -> list[str]:
    members = value if isinstance(value, list) else [value]
    return [str(member) for member in members]
