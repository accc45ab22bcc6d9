"""The settings of a service of the embedded stack: what `plein up` starts it with, and what a command for operators needs."""

from collections.abc import Mapping
from pathlib import Path

from plein.local.databases import DATABASE
from plein.local.folder import LocalSettings
from plein.local.keys import LocalKeys, local_keys, were_made
from plein.local.personas import scopes_of_people
from plein.local.ports import LOOPBACK, CannotStart
from plein.local.tokens import AUDIENCE
from plein.services import SERVICES, DeployedService

# The embedded broker lets a group form after half of this (measurements: 6 s -> 3 s).
SESSION_TIMEOUT_SECONDS = 6


def service_settings(
    service: DeployedService,
    local: LocalSettings,
    keys: LocalKeys,
    *,
    broker: str,
    broker_durable: bool,
    database_url: str | None,
) -> dict[str, str]:
    """Returns every setting of one service by its name, and makes the folder of its journal."""
    settings = {
        "http_host": LOOPBACK,
        "http_port": str(local.port_of(service.name)),
        "log_level": local.log_level,
        "token_issuers_file": str(local.folder / "issuers.toml"),
        "token_audience": AUDIENCE,
        "broker_servers": broker,
        "broker_durable": str(broker_durable).lower(),
        "broker_session_timeout_s": str(SESSION_TIMEOUT_SECONDS),
        **{secret.value: keys.of(secret) for secret in service.secrets},
    }
    if service.has_database and database_url is not None:
        settings["database_url"] = database_url
    if service.has_pages:
        settings |= {
            "sign_in_issuer": f"http://{LOOPBACK}:{local.sign_in_port}",
            "sign_in_client": service.name,
            # The embedded sign-in server takes any, but none from a client without one.
            "sign_in_secret": "local",
            "sign_in_scopes": ",".join(scopes_of_people(service.roles)),
            "theme_folder": str(local.theme_folder),
        }
    if service.watches:
        settings["people_register_url"] = f"http://{LOOPBACK}:{local.people_register_port}"
        settings["watched"] = ",".join(f"{each.name}=http://{LOOPBACK}:{local.port_of(each.name)}" for each in SERVICES)
    settings |= {setting: f"http://{LOOPBACK}:{local.port_of(other)}" for setting, other in service.asks.items()}
    if service.has_journal:
        settings["journal_file"] = str(_journal(local.folder, service.name))
    return settings


def settings_in_the_folder(service: DeployedService, local: LocalSettings) -> Mapping[str, str]:
    """Returns the settings of a service with a database as `plein up` gave them. Raises CannotStart where it never ran."""
    if not were_made(local.folder):
        raise CannotStart(
            f"There is no DATABASE_URL in the environment and no stack of `plein up` in {local.folder}: run this with the "
            f"settings of {service.name}, such as `docker compose exec {service.name} plein …`, or set PLEIN_HOME."
        )
    keys = local_keys(local.folder)
    password = keys.role_passwords[service.name]
    return service_settings(
        service,
        local,
        keys,
        broker=f"{LOOPBACK}:{local.broker_port}",
        broker_durable=False,
        database_url=f"postgresql://{service.name}:{password}@{LOOPBACK}:{local.postgres_port}/{DATABASE}",
    )


def _journal(folder: Path, service: str) -> Path:
    journals = folder / "journals"
    journals.mkdir(parents=True, exist_ok=True, mode=0o700)
    return journals / f"{service}.sqlite"
