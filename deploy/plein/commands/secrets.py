"""`plein secrets`: new secrets for the compose stack."""

import base64
import secrets as random
import uuid

from contact_events.sealing import OpeningKey
from plein.access_rules import ADMINISTRATOR, OPERATOR
from plein.local.personas import PERSONAS
from plein.realm import secret_variable
from plein.services import SERVICES, Secret

_PASSWORD_BYTES = 24


def new_secrets() -> dict[str, str]:
    """Returns every variable that docker-compose.yml asks for, each with a new value."""
    opening = OpeningKey.generate()
    on_broker = (ADMINISTRATOR, OPERATOR, *(service.name for service in SERVICES))
    on_database = (ADMINISTRATOR, *(service.name for service in SERVICES if service.has_database))
    passwords = [
        *(f"KAFKA_{name.upper()}_PASSWORD" for name in on_broker),
        *(f"POSTGRES_{name.upper()}_PASSWORD" for name in on_database),
        "KEYCLOAK_PLEIN_ADMIN_PASSWORD",
        *(secret_variable(persona) for persona in PERSONAS),
    ]
    return {
        "KAFKA_CLUSTER_ID": base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="),
        Secret.PSEUDONYM_KEYS.upper(): f"1:{random.token_hex(32)}",
        Secret.STORAGE_KEYS.upper(): f"1:{random.token_hex(32)}",
        Secret.OPENING_KEY.upper(): opening.text,
        Secret.SEALING_KEY.upper(): opening.sealing_key_text,
        **{name: random.token_urlsafe(_PASSWORD_BYTES) for name in passwords},
    }


def secrets() -> None:
    """Print new secrets for docker compose, as the lines of an .env file. Keep them: they open the data."""
    for name, value in new_secrets().items():
        print(f"{name}={value}")
