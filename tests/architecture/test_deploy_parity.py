"""What is deployed is what is in the code: services, settings, secrets, principals and access rules, each from one place."""

import os
import re
import shutil
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from prometheus_client import REGISTRY
from pydantic_settings import BaseSettings

from contact_events.topics import TOPICS
from plein.access_rules import OPERATOR, access_rules
from plein.commands.secrets import for_the_machines_alone, new_secrets
from plein.dashboards import dashboard
from plein.generated import generated_files
from plein.local.folder import LocalSettings
from plein.local.kafka import KAFKA_VERSION
from plein.local.keycloak import KEYCLOAK_VERSION
from plein.local.personas import PERSONAS
from plein.services import SERVICES, DeployedService, Secret
from service_runtime import metrics
from service_runtime.settings import read_settings
from service_runtime.tokens import read_issuers

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
# Whatever is not a process of ours: what it runs on, and what looks at it when an operator wants that.
ENGINES = {"kafka", "postgres", "keycloak", "prometheus", "grafana"}
SECRET_VARIABLES = {secret.upper() for secret in Secret}


def test_every_service_is_a_package_a_container_and_a_port_of_its_own() -> None:
    packages = {folder.parent.name for folder in (ROOT / "services").glob("*/__init__.py")}
    deployed = {service.name for service in SERVICES}

    assert deployed == packages
    assert deployed == CONTAINERS.keys() - ENGINES - {"topics"}
    assert len({service.port for service in SERVICES}) == len(SERVICES)


def test_every_writer_and_reader_of_the_catalogue_is_deployed() -> None:
    named = {name for topic in TOPICS for name in (*topic.written_by, *topic.read_by, *topic.followed_by)}

    assert named <= {service.name for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_environment_of_a_container_is_what_its_service_reads_and_all_it_must_have(service: DeployedService) -> None:
    """A setting with a typing error in its name would be ignored in silence."""
    fields = _settings_of(service).model_fields
    given = {name.lower() for name in CONTAINERS[service.name]["environment"]}

    assert given - fields.keys() == set()
    assert {name for name, field in fields.items() if field.is_required()} - given == set()


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_the_environment_of_a_container_is_one_that_its_service_starts_with(service: DeployedService) -> None:
    made = new_secrets()
    environment = {
        name: re.sub(r"\$\{(\w+)[^}]*\}", lambda found: made[found[1]], str(value))
        for name, value in CONTAINERS[service.name]["environment"].items()
    }
    mounted = {volume.split(":")[1]: volume.split(":")[0] for volume in CONTAINERS[service.name]["volumes"]}

    settings = read_settings(_settings_of(service), environment)
    (issuer,) = read_issuers(ROOT / mounted[environment["TOKEN_ISSUERS_FILE"]])

    assert settings.model_dump()["http_port"] == 8000
    assert issuer.issuer == f"{CONTAINERS['keycloak']['environment']['KC_HOSTNAME']}/realms/plein"
    assert urlsplit(issuer.jwks).hostname == "keycloak"


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_service_holds_its_own_secrets_and_no_other(service: DeployedService) -> None:
    environment = CONTAINERS[service.name]["environment"]
    asked_for = {name.upper() for name in _settings_of(service).model_fields}

    assert environment.keys() & SECRET_VARIABLES == {secret.upper() for secret in service.secrets}
    assert asked_for & SECRET_VARIABLES == {secret.upper() for secret in service.secrets}


def test_the_readme_names_every_setting_and_every_port_variable() -> None:
    named = set(re.findall(r"`([A-Z_]+)`", (ROOT / "deploy/README.md").read_text()))
    settings = {name.upper() for service in SERVICES for name in _settings_of(service).model_fields}
    local = {f"PLEIN_{name.upper()}" for name in LocalSettings.model_fields}

    assert settings - named == set()
    assert local - {name if name.startswith("PLEIN_") else f"PLEIN{name}" for name in named} == set()


def test_only_the_address_book_can_open_what_is_sealed() -> None:
    holders = {service.name for service in SERVICES if Secret.OPENING_KEY in service.secrets}

    assert holders == {"address_book"}


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
def test_a_container_signs_in_as_itself_and_is_run_closed(service: DeployedService) -> None:
    container = CONTAINERS[service.name]
    environment = container["environment"]

    assert container["command"] == ["service", service.name]
    assert environment["BROKER_USER"] == service.name
    assert environment["BROKER_PASSWORD"] == f"${{KAFKA_{service.name.upper()}_PASSWORD}}"
    assert ("DATABASE_URL" in environment) is service.has_database
    assert ("JOURNAL_FILE" in environment) is service.has_journal
    if service.has_database:
        assert f"//{service.name}:${{POSTGRES_{service.name.upper()}_PASSWORD}}@" in environment["DATABASE_URL"]
    if service.has_journal:
        assert f"{service.name}:/var/lib/plein" in container["volumes"]
    assert container["read_only"] is True
    assert container["healthcheck"]["test"]


def test_every_container_gives_up_its_rights_and_says_how_it_is() -> None:
    for name, container in CONTAINERS.items():
        assert container["cap_drop"] == ["ALL"], name
        assert container["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in container or name == "topics", f"{name} has no health check"
        assert not container.get("privileged"), name


def test_nothing_listens_outside_this_machine() -> None:
    published = {name: port for name, container in CONTAINERS.items() for port in container.get("ports", ())}

    assert all(port.startswith("127.0.0.1:") for port in published.values())
    assert {name: int(port.split(":")[1]) for name, port in published.items()} == {
        **{service.name: service.port for service in SERVICES},
        "keycloak": LocalSettings.model_fields["sign_in_port"].default,
        "grafana": 8180,
    }


def test_every_image_is_of_one_version_and_the_tests_run_the_same() -> None:
    images = {name: container["image"] for name, container in CONTAINERS.items()}

    assert images["kafka"] == f"apache/kafka:{KAFKA_VERSION}"
    assert images["keycloak"] == f"keycloak/keycloak:{KEYCLOAK_VERSION}"
    assert re.fullmatch(r"postgres:18\.\d+", images["postgres"])
    assert re.fullmatch(r"prom/prometheus:v3\.\d+\.\d+", images["prometheus"])
    assert re.fullmatch(r"grafana/grafana:12\.\d+\.\d+", images["grafana"])
    assert {image for name, image in images.items() if name not in ENGINES} == {"plein:local"}


def test_docker_compose_itself_takes_the_file_and_says_what_is_missing(tmp_path: Path) -> None:
    command = _compose()
    if command is None:
        pytest.skip("NOT EXERCISED by docker compose: no compose plugin of version 2 answers on this machine")
    (tmp_path / "docker-compose.yml").write_text((ROOT / "docker-compose.yml").read_text())
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in new_secrets().items()))

    complete = _asked(command, tmp_path)
    (tmp_path / ".env").unlink()
    without = _asked(command, tmp_path)

    assert (complete.returncode, complete.stderr) == (0, "")
    assert without.returncode != 0
    assert "set it in .env, as `plein secrets` prints it" in without.stderr


def test_every_secret_comes_from_the_environment_and_its_absence_is_a_sentence() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    explained = set(re.findall(r"\$\{([A-Z_]+):\?set it in \.env, as `plein secrets` prints it\}", text))

    assert asked == new_secrets().keys() - for_the_machines_alone()
    assert explained == asked


def test_the_broker_knows_one_principal_per_service_and_the_rules_are_those_of_the_catalogue() -> None:
    signed_in = set(
        re.findall(r"user_(\w+)=", CONTAINERS["kafka"]["environment"]["KAFKA_LISTENER_NAME_CLIENTS_PLAIN_SASL_JAAS_CONFIG"])
    )
    ruled = {rule.principal for rule in access_rules()}

    assert signed_in == {"plein_admin", OPERATOR, *(service.name for service in SERVICES)}
    assert ruled == signed_in - {"plein_admin"}


def test_a_service_may_write_what_the_catalogue_says_it_writes_and_nothing_else() -> None:
    rules = access_rules()

    for service in SERVICES:
        may_write = {rule.name for rule in rules if rule.principal == service.name and rule.operation == "WRITE"}
        may_read = {
            rule.name for rule in rules if (rule.principal, rule.resource, rule.operation) == (service.name, "topic", "READ")
        }
        assert may_write == {topic.name for topic in service.writes} | {topic.parked for topic in service.reads}
        assert may_read == {topic.name for topic in (*service.reads, *service.follows)}


def test_the_database_has_one_role_per_service_that_keeps_rows() -> None:
    script = (ROOT / "deploy/postgres/init/10-roles.sh").read_text()
    loop = re.search(r"for role in ([\w ]+);", script)
    assert loop is not None
    roles = set(loop[1].split())
    given = {
        name.removesuffix("_PASSWORD").lower() for name in CONTAINERS["postgres"]["environment"] if name.endswith("_PASSWORD")
    }

    assert roles == {service.name for service in SERVICES if service.has_database}
    assert given - {"postgres"} == roles


def test_a_machine_may_write_for_one_channel_from_one_source() -> None:
    machines = [persona for persona in PERSONAS if not persona.is_person]

    assert len(machines) == sum(service.has_journal for service in SERVICES)
    for machine in machines:
        assert len(machine.scopes) == 1
        assert re.fullmatch(r"interactions:\w+:write", machine.scopes[0])
        assert str(machine.claims["source"]).startswith("urn:nld:")
    assert len({machine.scopes for machine in machines}) == len(machines)


def test_what_is_generated_is_up_to_date() -> None:
    stale = [str(file.relative_to(ROOT)) for file, text in generated_files().items() if file.read_text("utf-8") != text]

    assert stale == [], "run `make format`"


def test_the_requirements_are_hashed_and_hold_no_address() -> None:
    for file in (ROOT / "deploy/requirements").glob("*.txt"):
        text = file.read_text()
        pinned = re.findall(r"^([a-z0-9][\w.-]*)==", text, re.MULTILINE)
        assert pinned, file.name
        assert len(re.findall(r"^[a-z0-9][\w.-]*==\S+ \\\n    --hash=sha256:", text, re.MULTILINE)) == len(pinned), file.name
        assert "://" not in text, file.name
        assert not re.search(r"^--", text, re.MULTILINE), file.name


def _settings_of(service: DeployedService) -> type[BaseSettings]:
    settings: object = import_module(f"{service.name}.main").Settings
    assert isinstance(settings, type)
    assert issubclass(settings, BaseSettings)
    return settings


def _compose() -> list[str] | None:
    """Returns the command of a Docker Compose of version 2 or newer; it needs no engine to read a file."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) is None:
            continue
        told = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
        if told.returncode == 0 and int(told.stdout.strip().removeprefix("v").split(".")[0]) >= 2:
            return command
    return None


def _asked(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [*command, "config", "--quiet"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_every_query_of_the_dashboard_asks_for_figures_that_are_kept() -> None:
    """A panel that asks for a metric by a name it had once shows nothing, and nobody is told."""
    kept = {sample.name for family in REGISTRY.collect() for sample in family.samples} | {
        f"{name}{suffix}" for name in vars(metrics) for suffix in ("", "_bucket")
    }
    queries = [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    asked = {name for query in queries for name in re.findall(r"\b(?!le\b)[a-z]+(?:_[a-z]+)+\b(?=[\[{)])", query)}

    assert asked
    assert asked - kept == set()
