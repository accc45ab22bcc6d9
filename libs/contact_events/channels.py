"""The doors and roads between citizen and municipality; open text with known values, so a new channel needs no new schema."""

from enum import StrEnum


class Channel(StrEnum):
    """A known channel. Events carry the plain text, so a reader also accepts one it has not heard of.

    `person` is where a channel choice ends when no channel can do it: an employee takes over.
    """

    WEB = "web"
    PHONE = "phone"
    COUNTER = "counter"
    INTERMEDIARY = "intermediary"
    LETTER = "letter"
    EMAIL = "email"
    SMS = "sms"
    PORTAL = "portal"
    HOME_VISIT = "home_visit"
    PERSON = "person"


CHANNEL_WORDS: dict[str, dict[str, str]] = {
    "nl": {
        Channel.WEB: "website",
        Channel.PHONE: "telefoon",
        Channel.COUNTER: "balie",
        Channel.INTERMEDIARY: "helper of organisatie",
        Channel.LETTER: "brief",
        Channel.EMAIL: "e-mail",
        Channel.SMS: "sms",
        Channel.PORTAL: "Mijn Plein",
        Channel.HOME_VISIT: "huisbezoek",
        Channel.PERSON: "medewerker",
    },
    "en": {
        Channel.WEB: "website",
        Channel.PHONE: "phone",
        Channel.COUNTER: "counter",
        Channel.INTERMEDIARY: "helper or organisation",
        Channel.LETTER: "letter",
        Channel.EMAIL: "e-mail",
        Channel.SMS: "text message",
        Channel.PORTAL: "My Plein",
        Channel.HOME_VISIT: "home visit",
        Channel.PERSON: "employee",
    },
}


def channel_word(channel: str, language: str = "nl") -> str:
    """Returns the word a person reads for a channel; an unknown channel reads as its own code."""
    return CHANNEL_WORDS[language].get(channel, channel)
