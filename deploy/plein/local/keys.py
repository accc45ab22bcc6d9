"""The secrets of the embedded stack, made once and kept in its folder for this machine only."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.fernet import Fernet
from joserfc.jwk import ECKey

from contact_events.sealing import OpeningKey
from plein.services import SERVICES, Secret

SIGNING_CURVE = "P-256"
_FILE = "secrets.json"


@dataclass(frozen=True, slots=True)
class LocalKeys:
    """Every secret that `plein up` hands out; each service gets only its own."""

    pseudonym_keys: str
    opening_key: str
    storage_keys: str
    sealing_key: str
    session_keys: str
    role_passwords: Mapping[str, str]
    signing_key: ECKey

    def of(self, secret: Secret) -> str:
        return {
            Secret.PSEUDONYM_KEYS: self.pseudonym_keys,
            Secret.OPENING_KEY: self.opening_key,
            Secret.SEALING_KEY: self.sealing_key,
            Secret.STORAGE_KEYS: self.storage_keys,
            Secret.SESSION_KEYS: self.session_keys,
        }[secret]


def were_made(folder: Path) -> bool:
    """Says whether a stack has ever been started in this folder."""
    return (folder / _FILE).exists()


def local_keys(folder: Path) -> LocalKeys:
    """Reads the secrets of a folder, and makes the ones that are missing."""
    file = folder / _FILE
    kept = json.loads(file.read_text()) if file.exists() else {}
    opening = OpeningKey.from_text(kept["opening_key"]) if "opening_key" in kept else OpeningKey.generate()
    passwords = kept.get("role_passwords", {})
    signing = (
        ECKey.import_key(kept["signing_key"])
        if "signing_key" in kept
        else ECKey.generate_key(SIGNING_CURVE, {"use": "sig", "alg": "ES256", "kid": secrets.token_hex(8)})
    )
    keys = LocalKeys(
        pseudonym_keys=kept.get("pseudonym_keys") or f"1:{secrets.token_hex(32)}",
        opening_key=opening.text,
        storage_keys=kept.get("storage_keys") or f"1:{secrets.token_hex(32)}",
        sealing_key=opening.sealing_key_text,
        session_keys=kept.get("session_keys") or Fernet.generate_key().decode(),
        role_passwords={
            service.name: passwords.get(service.name) or secrets.token_urlsafe(24) for service in SERVICES if service.has_database
        },
        signing_key=signing,
    )
    whole = {
        "pseudonym_keys": keys.pseudonym_keys,
        "opening_key": keys.opening_key,
        "storage_keys": keys.storage_keys,
        "session_keys": keys.session_keys,
        "role_passwords": dict(keys.role_passwords),
        "signing_key": signing.as_dict(private=True),
    }
    if whole != kept:
        _write(file, whole)
    return keys


def _write(file: Path, content: Mapping[str, object]) -> None:
    """Replaces the file in one step, readable by its owner alone."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    making = file.with_suffix(".new")
    making.unlink(missing_ok=True)
    with os.fdopen(os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(content, out, indent=2)
    making.replace(file)
