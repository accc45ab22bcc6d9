"""Who can be on the embedded stack: one machine for each door, and the people of the journeys. All of them are made up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MUNICIPALITY = "urn:nld:oin:00000001823288444000"
SENIOR_CLUB = "urn:nld:kvknr:09220932"
# A published test number; nobody has it.
MRS_DE_VRIES_BSN = "999990342"


@dataclass(frozen=True, slots=True)
class Persona:
    """A principal and what its token says. `claims` may be overridden when a token is minted."""

    name: str
    what: str
    scopes: tuple[str, ...]
    claims: Mapping[str, object] = field(default_factory=dict)
    is_person: bool = False

    @property
    def roles(self) -> frozenset[str]:
        roles = self.claims.get("roles", [])
        return frozenset(map(str, roles)) if isinstance(roles, list) else frozenset()

    @property
    def all_claims(self) -> dict[str, object]:
        return {"sub": f"local-{self.name}", "client_id": self.name, "scope": " ".join(self.scopes), **self.claims}


PERSONAS: tuple[Persona, ...] = (
    Persona("web", "the website's forms", ("interactions:web:write",), {"source": f"{MUNICIPALITY}:systeem:website"}),
    Persona(
        "phone-log",
        "the contact centre's call notes",
        ("interactions:phone:write",),
        {"source": f"{MUNICIPALITY}:systeem:telefooncentrale"},
    ),
    Persona(
        "counter",
        "the desks at the town hall",
        ("interactions:counter:write",),
        {"source": f"{MUNICIPALITY}:systeem:balie-centrum"},
    ),
    Persona(
        "intermediary",
        "a senior club posting for its members",
        ("interactions:intermediary:write",),
        {
            "source": f"{SENIOR_CLUB}.ledenadministratie",
            "organisation": SENIOR_CLUB,
            "organisation_name": "Seniorenclub De Linde",
        },
    ),
    Persona(
        "agent",
        "a contact-centre agent",
        (
            "timeline:read",
            "citizens:search",
            "links:write",
            "sources:read",
            "choices:try",
            "contact-points:find",
            "contact-points:reveal",
            "interactions:phone:write",
        ),
        {
            "roles": ["agent"],
            "name": "Anouk Bakker",
            "teams": ["team klantcontact"],
            "source": f"{MUNICIPALITY}:systeem:desk",
        },
        is_person=True,
    ),
    Persona(
        "counter-employee",
        "somebody at the counter of the town hall",
        ("timeline:read", "citizens:search", "links:write", "choices:try", "interactions:counter:write"),
        {
            "roles": ["counter"],
            "name": "Joost Jansen",
            "teams": ["team balie"],
            "source": f"{MUNICIPALITY}:systeem:desk",
        },
        is_person=True,
    ),
    Persona(
        "caseworker",
        "somebody with something to tell a citizen",
        ("timeline:read", "citizens:search", "choices:try", "outreach:request"),
        {"roles": ["caseworker"], "name": "Bram Visser", "source": f"{MUNICIPALITY}:systeem:zaaksysteem"},
        is_person=True,
    ),
    Persona(
        "privacy-officer",
        "who checks who looked, and forgets who has a right to it",
        ("access-log:read", "sources:read", "erasures:write", "erasures:read"),
        {"roles": ["privacy-officer"], "name": "Carla Smit"},
        is_person=True,
    ),
    Persona(
        "volunteer",
        "somebody of the senior club who helps members",
        ("interactions:intermediary:write",),
        {
            "roles": ["helper"],
            "name": "Koos Smit",
            "source": f"{SENIOR_CLUB}.balie",
            "organisation": SENIOR_CLUB,
            "organisation_name": "Seniorenclub De Linde",
        },
        is_person=True,
    ),
    Persona(
        "adviser",
        "a policy adviser, who sees groups and never a person",
        (),
        {"roles": ["adviser"], "name": "Dewi Kaya"},
        is_person=True,
    ),
    Persona(
        "operator",
        "who keeps it running",
        ("sources:read",),
        {"roles": ["operator"], "name": "Ella Post"},
        is_person=True,
    ),
    Persona(
        "citizen",
        "Mrs. De Vries, signed in",
        ("interactions:web:write",),
        {
            "roles": ["citizen"],
            "name": "J. de Vries",
            "bsn": MRS_DE_VRIES_BSN,
            "acr": "substantial",
            "source": f"{MUNICIPALITY}:systeem:mijn-plein",
        },
        is_person=True,
    ),
)


def persona_named(name: str) -> Persona:
    """Returns the persona of that name. Raises KeyError."""
    for persona in PERSONAS:
        if persona.name == name:
            return persona
    raise KeyError(name)


def scopes_of_people(roles: frozenset[str]) -> tuple[str, ...]:
    """Returns every scope that people with one of these roles have: what a page asks for, to be given what is theirs."""
    return tuple(
        sorted({scope for persona in PERSONAS if persona.is_person and persona.roles & roles for scope in persona.scopes})
    )
