"""How sure a sign-in makes us: the words of eIDAS, from the ways brokers write them.

DigiD: Basis and Midden are eIDAS low, Substantieel is substantial, Hoog is high (Logius, SAML koppelvlak; OpenID NL GOV `acr`).
"""

from contact_events.citizen_ref import Assurance

_EIDAS = "http://eidas.europa.eu/LoA/"
_SAML = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
LEVELS: dict[str, Assurance] = {
    "low": Assurance.LOW,
    "substantial": Assurance.SUBSTANTIAL,
    "high": Assurance.HIGH,
    f"{_EIDAS}low": Assurance.LOW,
    f"{_EIDAS}substantial": Assurance.SUBSTANTIAL,
    f"{_EIDAS}high": Assurance.HIGH,
    f"{_SAML}PasswordProtectedTransport": Assurance.LOW,
    f"{_SAML}MobileTwoFactorContract": Assurance.LOW,
    f"{_SAML}Smartcard": Assurance.SUBSTANTIAL,
    f"{_SAML}SmartcardPKI": Assurance.HIGH,
}


def assurance_of(level: str | None) -> Assurance:
    """Returns how sure a sign-in makes us; a level that is not known proves no more than a claim."""
    return LEVELS.get(level or "", Assurance.CLAIMED)
