"""`plein secrets`: new secrets for the compose stack."""

import secrets as random

from cryptography.fernet import Fernet

from contact_events.sealing import OpeningKey
from plein.access_rules import ADMINISTRATOR, OPERATOR
from plein.client_keys import key_variables, new_client_key
from plein.cluster_id import new_cluster_id
from plein.local.personas import PERSONAS
from plein.realm import password_variable
from plein.services import SERVICES, Secret

_PASSWORD_BYTES = 24


def new_secrets() -> dict[str, str]:
    """Returns every variable that docker-compose.yml asks for, and each machine's private key; all of them new."""
    opening = OpeningKey.generate()
    on_broker = (ADMINISTRATOR, OPERATOR, *(service.name for service in SERVICES))
    on_database = (ADMINISTRATOR, *(service.name for service in SERVICES if service.has_database))
    passwords = [
        *(f"KAFKA_{name.upper()}_PASSWORD" for name in on_broker),
        *(f"POSTGRES_{name.upper()}_PASSWORD" for name in on_database),
        "KEYCLOAK_PLEIN_ADMIN_PASSWORD",
        "GRAFANA_PLEIN_ADMIN_PASSWORD",
        *(password_variable(persona) for persona in PERSONAS if persona.is_person),
    ]
    keys = [new_client_key(name) for name in _machines()]
    return {
        "KAFKA_CLUSTER_ID": new_cluster_id(),
        Secret.PSEUDONYM_KEYS.upper(): f"1:{random.token_hex(32)}",
        Secret.STORAGE_KEYS.upper(): f"1:{random.token_hex(32)}",
        Secret.SESSION_KEYS.upper(): Fernet.generate_key().decode(),
        Secret.OPENING_KEY.upper(): opening.text,
        Secret.SEALING_KEY.upper(): opening.sealing_key_text,
        **{name: random.token_urlsafe(_PASSWORD_BYTES) for name in passwords},
        **{name: value for key in keys for name, value in key.items()},
    }


def for_the_machines_alone() -> frozenset[str]:
    """Returns the variables that no container reads: each is for the system of one channel."""
    return frozenset(key_variables(name).private_key for name in _machines())


def secrets() -> None:
    """Print new secrets for docker compose, as the lines of an .env file. Keep them: they open the data."""
    apart = for_the_machines_alone()
    made = new_secrets()
    print("# What docker-compose.yml asks for. Keep it: without these the data cannot be read again.")
    for name, value in made.items():
        if name not in apart:
            print(f"{name}={value}")
    print("\n# The private key of each channel's own system (PKCS #8, base64). No container reads these: hand each to its system")
    print("# and delete it here. Until then it gives a token: `plein token web --from http://127.0.0.1:8190/realms/plein`.")
    for name in sorted(apart):
        print(f"{name}={made[name]}")


def _machines() -> list[str]:
    return [persona.name for persona in PERSONAS if not persona.is_person]
