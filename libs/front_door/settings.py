"""What an adapter must be told before it starts."""

from pathlib import Path

from pydantic import Field, SecretStr

from contact_events.citizen_ref import PseudonymKeys
from contact_events.matters import Matters, municipality_text
from contact_events.sealing import SealingKey
from event_bus.settings import BrokerSettings
from front_door.submission import DoorKeys
from service_runtime.settings import BadSettings, ServiceSettings


class DoorSettings(BrokerSettings, ServiceSettings):
    """The settings of every adapter."""

    journal_file: Path = Field(description="the file that keeps accepted events, for example /var/lib/plein/web.journal")
    journal_most_bytes: int = Field(default=4_000_000_000, ge=65_536, description="the largest journal in bytes")
    pseudonym_keys: SecretStr = Field(description="the pseudonym keys, as 1:<64 hexadecimal digits>[,2:…]")
    sealing_key: str = Field(description="the public sealing key, 32 bytes in base64")
    matters_file: Path | None = Field(default=None, description="the service catalogue as TOML; without it the example is used")
    # Room for a batch of 500 events of ordinary length.
    max_body_bytes: int = Field(default=2_000_000, ge=1, description="the largest request body in bytes, at least 1")


def read_keys(settings: DoorSettings) -> DoorKeys:
    """Returns the keys. Raises BadSettings with a sentence that repeats no key."""
    try:
        pseudonyms = PseudonymKeys.from_text(settings.pseudonym_keys.get_secret_value())
    except ValueError as fault:
        raise BadSettings(f"PSEUDONYM_KEYS: {fault}.") from None
    try:
        return DoorKeys(pseudonyms, SealingKey.from_text(settings.sealing_key))
    except ValueError as fault:
        raise BadSettings(f"SEALING_KEY: {fault}.") from None


def read_matters(settings: DoorSettings) -> Matters:
    """Returns the service catalogue. Raises BadSettings with a sentence."""
    try:
        return Matters.from_toml(municipality_text(settings.matters_file, "matters.toml"))
    except OSError:
        raise BadSettings("MATTERS_FILE cannot be read. Set MATTERS_FILE to the path of the service catalogue.") from None
    except ValueError as fault:
        raise BadSettings(f"MATTERS_FILE: {fault}.") from None
