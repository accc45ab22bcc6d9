"""The Keycloak realm of the compose stack: the same principals as the embedded one, keys and passwords from the environment."""

import json
from typing import Any

from plein.client_keys import ALGORITHM, CURVE, key_variables
from plein.local.personas import PERSONAS, Persona, scopes_of_people
from plein.local.tokens import AUDIENCE
from plein.services import SERVICES, DeployedService

ACCESS_TOKEN_SECONDS = 300
MACHINE = "machine"
# Claims of a person that Keycloak keeps as attributes of the account.
_ATTRIBUTES = ("bsn", "acr", "source", "organisation", "organisation_name", "teams")
_CALLBACK = "/aanmelden/terug"


def password_variable(person: Persona) -> str:
    """Returns the environment variable with a person's first password."""
    return f"{person.name.upper().replace('-', '_')}_PASSWORD"


def realm() -> dict[str, Any]:
    """Returns the realm as Keycloak imports it."""
    machines = [persona for persona in PERSONAS if not persona.is_person]
    people = [persona for persona in PERSONAS if persona.is_person]
    return {
        "realm": "plein",
        "enabled": True,
        "sslRequired": "external",
        "registrationAllowed": False,
        "bruteForceProtected": True,
        "defaultSignatureAlgorithm": "ES256",
        "accessTokenLifespan": ACCESS_TOKEN_SECONDS,
        "roles": {"realm": [{"name": role} for role in sorted({MACHINE, *(role for person in people for role in person.roles)})]},
        "clientScopes": [
            _subject_scope(),
            _scope("profile"),
            *(_scope(name) for name in sorted({s for persona in PERSONAS for s in persona.scopes})),
        ],
        "scopeMappings": _scopes_by_role(people),
        "clients": [
            *(_machine(machine) for machine in machines),
            *(_pages(service) for service in SERVICES if service.has_pages),
        ],
        "users": [*(_user(person) for person in people), *(_account(machine) for machine in machines)],
        "components": {"org.keycloak.userprofile.UserProfileProvider": [_user_profile()]},
    }


def _scopes_by_role(people: list[Persona]) -> list[dict[str, Any]]:
    """A scope with roles is given to who has one of them, and to nobody else who asks; a scope without is anybody's.

    A machine has one role for all: it can only ask for the scopes of its own client.
    """
    return [
        {
            "clientScope": scope,
            "roles": sorted({MACHINE, *(role for person in people if scope in person.scopes for role in person.roles)}),
        }
        for scope in _scopes_of(people)
    ]


def _scopes_of(people: list[Persona]) -> list[str]:
    return sorted({scope for person in people for scope in person.scopes})


def _scope(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "true", "display.on.consent.screen": "false"},
    }


def _subject_scope() -> dict[str, Any]:
    return {
        "name": "basic",
        "protocol": "openid-connect",
        "attributes": {"include.in.token.scope": "false", "display.on.consent.screen": "false"},
        "protocolMappers": [_mapper("sub", "oidc-sub-mapper", {})],
    }


def _machine(persona: Persona) -> dict[str, Any]:
    fixed = {name: value for name, value in persona.claims.items() if isinstance(value, str)}
    return {
        "clientId": persona.name,
        "name": persona.what,
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": False,
        "clientAuthenticatorType": "client-jwt",
        "serviceAccountsEnabled": True,
        "standardFlowEnabled": False,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": False,
        "attributes": {
            "access.token.header.type.rfc9068": "true",
            "access.token.signed.response.alg": "ES256",
            "token.endpoint.auth.signing.alg": ALGORITHM,
            "use.jwks.string": "true",
            "jwks.string": json.dumps({"keys": [_public_key(persona)]}),
        },
        "defaultClientScopes": ["basic", *persona.scopes],
        "optionalClientScopes": [],
        "protocolMappers": [_audience(), *(_fixed_claim(name, value) for name, value in fixed.items())],
    }


def _public_key(machine: Persona) -> dict[str, str]:
    names = key_variables(machine.name)
    point = {"x": f"${{{names.public_x}}}", "y": f"${{{names.public_y}}}"}
    return {"kty": "EC", "crv": CURVE, "use": "sig", "alg": ALGORITHM, "kid": machine.name, **point}


def _pages(service: DeployedService) -> dict[str, Any]:
    """The client of a service of pages: the code flow with PKCE, nothing else."""
    address = f"http://127.0.0.1:{service.port}"
    return {
        "clientId": service.name,
        "name": "pages where people sign in",
        "enabled": True,
        "protocol": "openid-connect",
        "publicClient": True,
        "standardFlowEnabled": True,
        "implicitFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "fullScopeAllowed": True,
        "redirectUris": [f"{address}{_CALLBACK}"],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": f"{address}/",
            "access.token.header.type.rfc9068": "true",
            "access.token.signed.response.alg": "ES256",
            "id.token.signed.response.alg": "ES256",
        },
        "defaultClientScopes": ["basic"],
        # Asked for by the page, given only to who has a role that the scope is mapped to.
        "optionalClientScopes": ["profile", *scopes_of_people(service.roles)],
        "protocolMappers": [
            _audience(),
            _mapper("roles", "oidc-usermodel-realm-role-mapper", {"claim.name": "roles", "multivalued": "true"}),
            _mapper("name", "oidc-full-name-mapper", {}),
            *(
                _mapper(
                    name,
                    "oidc-usermodel-attribute-mapper",
                    {"user.attribute": name, "claim.name": name, **({"multivalued": "true"} if name == "teams" else {})},
                )
                for name in _ATTRIBUTES
            ),
        ],
    }


def _user(persona: Persona) -> dict[str, Any]:
    first, _, last = str(persona.claims["name"]).partition(" ")
    return {
        "username": persona.name,
        "enabled": True,
        "email": f"{persona.name}@example.nl",
        "emailVerified": True,
        "firstName": first,
        "lastName": last,
        "attributes": {name: _texts(persona.claims[name]) for name in _ATTRIBUTES if name in persona.claims},
        "credentials": [{"type": "password", "value": f"${{{password_variable(persona)}}}", "temporary": False}],
        "realmRoles": sorted(persona.roles),
    }


def _account(machine: Persona) -> dict[str, Any]:
    """The account behind the client of a machine."""
    return {
        "username": f"service-account-{machine.name}",
        "enabled": True,
        "serviceAccountClientId": machine.name,
        "realmRoles": [MACHINE],
    }


def _texts(claim: object) -> list[str]:
    return [str(each) for each in claim] if isinstance(claim, list) else [str(claim)]


def _audience() -> dict[str, Any]:
    return _mapper("audience", "oidc-audience-mapper", {"included.custom.audience": AUDIENCE})


def _fixed_claim(name: str, value: str) -> dict[str, Any]:
    return _mapper(name, "oidc-hardcoded-claim-mapper", {"claim.name": name, "claim.value": value, "jsonType.label": "String"})


def _mapper(name: str, kind: str, config: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": {"access.token.claim": "true", "id.token.claim": "false", "introspection.token.claim": "true", **config},
    }


def _user_profile() -> dict[str, Any]:
    """Accounts may carry the attributes above, which only an administrator sees and sets."""
    names = ("username", "email", "firstName", "lastName")
    profile = {
        "attributes": [{"name": name, "permissions": {"view": ["admin", "user"], "edit": ["admin"]}} for name in names],
        "unmanagedAttributePolicy": "ADMIN_EDIT",
    }
    return {"providerId": "declarative-user-profile", "config": {"kc.user.profile.config": [json.dumps(profile)]}}
