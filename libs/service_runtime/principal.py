"""Who is calling: what the claims of a proved token say (RFC 9068, OpenID NL GOV)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Represented:
    """On whose behalf the principal acts: one step of the `represents` chain (OpenID NL GOV)."""

    subject: SecretStr
    subject_type: str | None
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. `sources` are the URNs it may write as; what identifies a person stays out of `repr`."""

    subject: str
    client_id: str | None = None
    scopes: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    teams: frozenset[str] = frozenset()
    organisation: str | None = None
    organisation_name: str | None = None
    acr: str | None = None
    bsn: SecretStr | None = None
    name: str | None = field(default=None, repr=False)
    issuer: str = ""
    represents: tuple[Represented, ...] = ()
    actors: tuple[str, ...] = field(default=(), repr=False)


class BadToken(Exception):
    """The token proves nothing. `reason` is for the caller's developer and repeats nothing of the token."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def principal_in(claims: Mapping[str, Any], issuer: str) -> Principal:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise BadToken("the token has no subject (sub)")
    bsn = _text(claims, "bsn")
    return Principal(
        subject=subject,
        client_id=_text(claims, "client_id") or _text(claims, "azp"),
        scopes=frozenset((_text(claims, "scope") or "").split()),
        sources=_texts(claims, "source"),
        roles=frozenset(_texts(claims, "roles")),
        teams=frozenset(_texts(claims, "teams")),
        organisation=_text(claims, "organisation"),
        organisation_name=_text(claims, "organisation_name"),
        acr=_text(claims, "acr"),
        bsn=SecretStr(bsn) if bsn else None,
        name=_text(claims, "name") or _text(claims, "preferred_username"),
        issuer=issuer,
        represents=tuple(_represented(step) for step in _chain(claims, "represents")),
        actors=tuple(actor for step in _chain(claims, "act") if (actor := _text(step, "sub"))),
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    if value is not None and not isinstance(value, str):
        raise BadToken(f"{name} is not a text")
    return value


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = claims.get(name)
    members = [value] if isinstance(value, str) else value or []
    if not isinstance(members, list) or not all(isinstance(member, str) for member in members):
        raise BadToken(f"{name} is not a text or a list of texts")
    return tuple(members)


def _chain(claims: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Returns the steps of a nested claim, outermost first. A chain that cannot be read refuses the token: it must count."""
    steps: list[Mapping[str, Any]] = []
    step = claims.get(name)
    while step is not None:
        if not isinstance(step, Mapping) or len(steps) == 5:
            raise BadToken(f"{name} cannot be read")
        steps.append(step)
        step = step.get(name)
    return steps


def _represented(step: Mapping[str, Any]) -> Represented:
    subject = _text(step, "sub")
    if not subject:
        raise BadToken("represents has no subject (sub)")
    return Represented(SecretStr(subject), _text(step, "sub_id_type"), _text(step, "iss"))


def moment_in(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadToken(f"{name} is not a number of seconds")
    try:
        return float(value)
    except OverflowError:
        raise BadToken(f"{name} is not a number of seconds") from None
