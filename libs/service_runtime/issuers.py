"""Whom we trust to say who is calling: the file the municipality owns."""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from service_runtime.settings import BadSettings

# Asymmetric only: with a shared secret, whoever can check a token can make one.
ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer we trust: its name, where its keys are, and what its tokens may look like.

    `plain_http` fetches the keys without TLS from another host: for a network inside one machine, such as that of compose.
    """

    issuer: str
    jwks: str
    algorithms: tuple[str, ...]
    types: tuple[str, ...] = ("at+jwt", "JWT")
    plain_http: bool = False


def read_issuers(path: Path) -> tuple[Issuer, ...]:
    """Reads `[[issuer]]` tables from a TOML file. Raises BadSettings with a sentence."""
    wanted = "Set TOKEN_ISSUERS_FILE to a TOML file with [[issuer]] tables of issuer, jwks, algorithms and types"
    try:
        tables = tomllib.loads(path.read_text("utf-8")).get("issuer")
        read = msgspec.convert(tables, type=list[Issuer])
    except OSError:
        raise BadSettings(f"{wanted}; the file it names cannot be read.") from None
    except (ValueError, msgspec.ValidationError):
        raise BadSettings(f"{wanted}; the file it names does not hold that.") from None
    if not read:
        raise BadSettings(f"{wanted}; the file it names has no issuer.")
    for issuer in read:
        if not issuer.algorithms or not ALGORITHMS.issuperset(issuer.algorithms):
            raise BadSettings(f"Set `algorithms` of each issuer to some of {', '.join(sorted(ALGORITHMS))}.")
        if not issuer.types or not issuer.issuer:
            raise BadSettings("Set `issuer` and `types` of each issuer to at least one text.")
    if len({issuer.issuer for issuer in read}) != len(read):
        raise BadSettings("Name each issuer once in the file of TOKEN_ISSUERS_FILE.")
    folder = path.resolve().parent
    return tuple(replace(issuer, jwks=_checked_place(issuer, folder)) for issuer in read)


def _checked_place(issuer: Issuer, folder: Path) -> str:
    """Returns where the keys are; a relative file counts from the issuers file. Raises BadSettings.

    Plain HTTP is for loopback, unless the file says otherwise: a key that came over an open network proves nothing.
    """
    place = issuer.jwks
    if place.startswith("file:"):
        return f"file:{folder / place.removeprefix('file:').removeprefix('//')}"
    address = urlsplit(place)
    if address.scheme == "https" and address.hostname:
        return place
    if address.scheme == "http" and (address.hostname in _LOOPBACK or (issuer.plain_http and address.hostname)):
        return place
    raise BadSettings("Set `jwks` of each issuer to an https address, or to file: and a path.")
