"""Who is signed in here, until when, and what their pages keep between requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from service_runtime.tokens import Principal


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the issuer gave: the access token counts until `until`. Never shown, in a `repr` neither."""

    access: str = field(repr=False)
    until: datetime
    refresh: str | None = field(default=None, repr=False)
    identity: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of one person in one browser. `csrf` proves that a form came from a page of this session.

    `kept` are small texts that pages remember, such as a chosen language; nothing about anybody but the person who is signed in.
    """

    key: bytes = field(repr=False)
    person: Principal
    tokens: Tokens
    csrf: str = field(repr=False)
    started_at: datetime
    ends_at: datetime
    kept: Mapping[str, str] = field(default_factory=dict)

    def with_tokens(self, tokens: Tokens, person: Principal) -> Self:
        return replace(self, tokens=tokens, person=person)

    def keeping(self, **texts: str) -> Self:
        return replace(self, kept={**self.kept, **texts})

    @property
    def subject(self) -> str:
        """Names the person across sessions: no two issuers give one subject to two people of one municipality."""
        return f"{self.person.issuer} {self.person.subject}"

    @property
    def name(self) -> str:
        """How the person is greeted."""
        return self.person.name or self.person.subject
