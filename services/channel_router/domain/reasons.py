"""Why a channel was chosen, skipped or comes next. Each reason has a sentence for people: Dutch (B1) and English."""

from enum import StrEnum


class Reason(StrEnum):
    """A reason as events carry it; `SENTENCES` says it to people."""

    # Why this channel
    LAW_ASKS_WRITTEN = "law_asks_written"
    LAW_ASKS_REGISTERED_LETTER = "law_asks_registered_letter"
    LAW_ASKS_UNKNOWN_FORM = "law_asks_unknown_form"
    REFUSED_BUT_LAW_ASKS = "refused_but_law_asks"
    ASKED_FOR_THIS_CHANNEL = "asked_for_this_channel"
    ASKED_FOR_A_PERSON = "asked_for_a_person"
    ASKED_FOR_INTERMEDIARY = "asked_for_intermediary"
    REACHED_BEFORE = "reached_before"
    URGENT_AND_QUICK = "urgent_and_quick"
    POLICY_PREFERS = "policy_prefers"
    POLICY_CELL_UNKNOWN = "policy_cell_unknown"
    ADDRESS_VERIFIED = "address_verified"
    ADDRESS_CLAIMED = "address_claimed"
    PROTECTED_ROUTE = "protected_route"
    LANGUAGE_ASKED = "language_asked"
    LANGUAGE_NOT_WRITTEN = "language_not_written"
    BUDGET_SET_ASIDE = "budget_set_aside"
    TERM_CANNOT_BE_MET = "term_cannot_be_met"
    # Why this moment
    WAITS_FOR_QUIET_HOURS = "waits_for_quiet_hours"
    WAITS_FOR_OPENING = "waits_for_opening"
    WAITS_FOR_BUDGET = "waits_for_budget"
    # Why not that channel
    DECEASED = "deceased"
    ASKED_NOT_TO_BE_PHONED = "asked_not_to_be_phoned"
    ASKED_NO_LETTERS = "asked_no_letters"
    ASKED_NO_EMAIL = "asked_no_email"
    ASKED_NO_SMS = "asked_no_sms"
    ASKED_NO_PORTAL = "asked_no_portal"
    ASKED_NO_HOME_VISIT = "asked_no_home_visit"
    ASKED_NO_INTERMEDIARY = "asked_no_intermediary"
    ASKED_NOT_THIS_CHANNEL = "asked_not_this_channel"
    LAW_ASKS_ANOTHER_FORM = "law_asks_another_form"
    NOT_IN_POLICY = "not_in_policy"
    NEEDS_A_CONVERSATION = "needs_a_conversation"
    IDENTITY_NOT_SURE = "identity_not_sure"
    CONFIDENTIAL = "confidential"
    NO_ADDRESS_KNOWN = "no_address_known"
    ADDRESS_BOUNCED = "address_bounced"
    ADDRESS_TOO_OLD = "address_too_old"
    ADDRESS_IS_SECRET = "address_is_secret"  # noqa: S105 (the word is about an address)
    NOT_SEEN_ON_PORTAL = "not_seen_on_portal"
    NO_INTERMEDIARY_ASKED = "no_intermediary_asked"
    NO_VALID_MANDATE = "no_valid_mandate"
    CHANNEL_AILING = "channel_ailing"
    ALWAYS_QUIET_OR_CLOSED = "always_quiet_or_closed"
    TOO_LATE_FOR_TERM = "too_late_for_term"
    # What comes next
    NEXT_BY_POLICY = "next_by_policy"
    NO_ANSWER_BEFORE = "no_answer_before"
    NOTHING_ELSE_LEFT = "nothing_else_left"
    BUDGET_SPENT = "budget_spent"
    PERSON_TAKES_OVER = "person_takes_over"


ASKED_NOT: dict[str, Reason] = {
    "phone": Reason.ASKED_NOT_TO_BE_PHONED,
    "letter": Reason.ASKED_NO_LETTERS,
    "email": Reason.ASKED_NO_EMAIL,
    "sms": Reason.ASKED_NO_SMS,
    "portal": Reason.ASKED_NO_PORTAL,
    "home_visit": Reason.ASKED_NO_HOME_VISIT,
    "intermediary": Reason.ASKED_NO_INTERMEDIARY,
}

LANGUAGES = ("nl", "en")

# Dutch at level B1: short, active, everyday words. They read after "Waarom:" or "Niet per …:".
SENTENCES: dict[Reason, dict[str, str]] = {
    Reason.LAW_ASKS_WRITTEN: {
        "nl": "De wet vraagt een schriftelijk bericht.",
        "en": "The law asks for a message in writing.",
    },
    Reason.LAW_ASKS_REGISTERED_LETTER: {
        "nl": "De wet vraagt een aangetekende brief.",
        "en": "The law asks for a registered letter.",
    },
    Reason.LAW_ASKS_UNKNOWN_FORM: {
        "nl": "De wet vraagt een vorm die wij niet kennen. Daarom kiezen wij een brief.",
        "en": "The law asks for a form we do not know. So we choose a letter.",
    },
    Reason.REFUSED_BUT_LAW_ASKS: {
        "nl": "De inwoner wil dit liever niet, maar de wet vraagt het.",
        "en": "The citizen would rather not have this, but the law asks for it.",
    },
    Reason.ASKED_FOR_THIS_CHANNEL: {
        "nl": "De inwoner vroeg hierom.",
        "en": "The citizen asked for this.",
    },
    Reason.ASKED_FOR_A_PERSON: {
        "nl": "De inwoner wil liever contact met een mens.",
        "en": "The citizen would rather have contact with a person.",
    },
    Reason.ASKED_FOR_INTERMEDIARY: {
        "nl": "De inwoner vroeg om contact via een helper en gaf daarvoor een machtiging.",
        "en": "The citizen asked for contact through a helper and gave a mandate for it.",
    },
    Reason.REACHED_BEFORE: {
        "nl": "Zo hadden wij eerder contact.",
        "en": "We had contact this way before.",
    },
    Reason.URGENT_AND_QUICK: {
        "nl": "Het is dringend en dit gaat snel.",
        "en": "It is urgent and this is quick.",
    },
    Reason.POLICY_PREFERS: {
        "nl": "De gemeente kiest dit bij dit soort berichten.",
        "en": "The municipality chooses this for this kind of message.",
    },
    Reason.POLICY_CELL_UNKNOWN: {
        "nl": "Dit soort bericht staat niet in het beleid. Daarom gebruiken wij de gewone volgorde.",
        "en": "This kind of message is not in the policy. So we use the usual order.",
    },
    Reason.ADDRESS_VERIFIED: {
        "nl": "Het adres of nummer is gecontroleerd.",
        "en": "The address or number was verified.",
    },
    Reason.ADDRESS_CLAIMED: {
        "nl": "De inwoner gaf dit adres of nummer zelf op. Het is niet gecontroleerd.",
        "en": "The citizen gave this address or number. It was not verified.",
    },
    Reason.PROTECTED_ROUTE: {
        "nl": "Het adres is geheim. Een medewerker let op de veilige route.",
        "en": "The address is secret. An employee guards the protected route.",
    },
    Reason.LANGUAGE_ASKED: {
        "nl": "De inwoner vroeg om deze taal.",
        "en": "The citizen asked for this language.",
    },
    Reason.LANGUAGE_NOT_WRITTEN: {
        "nl": "Wij schrijven niet in de taal van de inwoner. Daarom praten wij liever.",
        "en": "We do not write in the language of the citizen. So we would rather talk.",
    },
    Reason.BUDGET_SET_ASIDE: {
        "nl": "De inwoner kreeg al veel berichten, maar dit mag niet wachten.",
        "en": "The citizen had many messages already, but this must not wait.",
    },
    Reason.TERM_CANNOT_BE_MET: {
        "nl": "Dit komt te laat voor de termijn. Een medewerker moet nu iets doen.",
        "en": "This will be too late for the term. An employee must act now.",
    },
    Reason.WAITS_FOR_QUIET_HOURS: {
        "nl": "Wij wachten, want de inwoner wil nu niet gestoord worden.",
        "en": "We wait, because the citizen does not want to be disturbed now.",
    },
    Reason.WAITS_FOR_OPENING: {
        "nl": "Wij wachten tot dit weer kan, binnen de openingstijden.",
        "en": "We wait until this is possible again, within opening hours.",
    },
    Reason.WAITS_FOR_BUDGET: {
        "nl": "Wij wachten, want de inwoner kreeg al veel berichten.",
        "en": "We wait, because the citizen had many messages already.",
    },
    Reason.DECEASED: {
        "nl": "Deze persoon is overleden. Wij sturen niets. Een medewerker kijkt wat nodig is.",
        "en": "This person has died. We send nothing. An employee looks at what is needed.",
    },
    Reason.ASKED_NOT_TO_BE_PHONED: {
        "nl": "De inwoner wil niet gebeld worden.",
        "en": "The citizen asked not to be phoned.",
    },
    Reason.ASKED_NO_LETTERS: {
        "nl": "De inwoner wil geen brieven.",
        "en": "The citizen asked for no letters.",
    },
    Reason.ASKED_NO_EMAIL: {
        "nl": "De inwoner wil geen e-mail.",
        "en": "The citizen asked for no e-mail.",
    },
    Reason.ASKED_NO_SMS: {
        "nl": "De inwoner wil geen sms.",
        "en": "The citizen asked for no text messages.",
    },
    Reason.ASKED_NO_PORTAL: {
        "nl": "De inwoner wil geen berichten in Mijn Plein.",
        "en": "The citizen asked for no messages in My Plein.",
    },
    Reason.ASKED_NO_HOME_VISIT: {
        "nl": "De inwoner wil geen huisbezoek.",
        "en": "The citizen asked for no home visits.",
    },
    Reason.ASKED_NO_INTERMEDIARY: {
        "nl": "De inwoner wil geen contact via een helper.",
        "en": "The citizen asked for no contact through a helper.",
    },
    Reason.ASKED_NOT_THIS_CHANNEL: {
        "nl": "De inwoner wil dit kanaal niet.",
        "en": "The citizen asked not to use this channel.",
    },
    Reason.LAW_ASKS_ANOTHER_FORM: {
        "nl": "De wet vraagt een andere vorm.",
        "en": "The law asks for another form.",
    },
    Reason.NOT_IN_POLICY: {
        "nl": "De gemeente gebruikt dit niet bij dit soort berichten.",
        "en": "The municipality does not use this for this kind of message.",
    },
    Reason.NEEDS_A_CONVERSATION: {
        "nl": "Hier is een gesprek voor nodig.",
        "en": "This needs a conversation.",
    },
    Reason.IDENTITY_NOT_SURE: {
        "nl": "Het is vertrouwelijk en wij weten niet zeker wie dit is.",
        "en": "It is confidential and we are not sure who this is.",
    },
    Reason.CONFIDENTIAL: {
        "nl": "Het is vertrouwelijk en dit kanaal is daarvoor niet veilig genoeg.",
        "en": "It is confidential and this channel is not safe enough for it.",
    },
    Reason.NO_ADDRESS_KNOWN: {
        "nl": "Wij hebben hiervoor geen adres of nummer.",
        "en": "We have no address or number for this.",
    },
    Reason.ADDRESS_BOUNCED: {
        "nl": "Een bericht naar dit adres of nummer kwam terug.",
        "en": "A message to this address or number came back.",
    },
    Reason.ADDRESS_TOO_OLD: {
        "nl": "Het adres of nummer is lang niet gebruikt of gecontroleerd.",
        "en": "The address or number was not used or verified for a long time.",
    },
    Reason.ADDRESS_IS_SECRET: {
        "nl": "Het adres is geheim. Wij gebruiken alleen wat gecontroleerd is.",
        "en": "The address is secret. We only use what was verified.",
    },
    Reason.NOT_SEEN_ON_PORTAL: {
        "nl": "De inwoner heeft lang niet ingelogd.",
        "en": "The citizen has not signed in for a long time.",
    },
    Reason.NO_INTERMEDIARY_ASKED: {
        "nl": "De inwoner vroeg niet om contact via een helper.",
        "en": "The citizen did not ask for contact through a helper.",
    },
    Reason.NO_VALID_MANDATE: {
        "nl": "De helper heeft geen geldige machtiging voor dit onderwerp.",
        "en": "The helper has no valid mandate for this matter.",
    },
    Reason.CHANNEL_AILING: {
        "nl": "Dit kanaal heeft nu een storing.",
        "en": "This channel is failing at the moment.",
    },
    Reason.ALWAYS_QUIET_OR_CLOSED: {
        "nl": "Er is de komende weken geen moment dat dit kan en mag.",
        "en": "In the coming weeks there is no moment when this is possible and welcome.",
    },
    Reason.TOO_LATE_FOR_TERM: {
        "nl": "Dit komt te laat voor de termijn.",
        "en": "This would be too late for the term.",
    },
    Reason.NEXT_BY_POLICY: {
        "nl": "Dit is de volgende keus van de gemeente.",
        "en": "This is the next choice of the municipality.",
    },
    Reason.NO_ANSWER_BEFORE: {
        "nl": "Hier kregen wij een paar keer geen antwoord. Daarom komt dit later.",
        "en": "We got no answer here a few times. So this comes later.",
    },
    Reason.NOTHING_ELSE_LEFT: {
        "nl": "Geen enkel kanaal kan nu. Daarom neemt een medewerker het over.",
        "en": "No channel is possible now. So an employee takes over.",
    },
    Reason.BUDGET_SPENT: {
        "nl": "De inwoner kreeg al veel berichten en er is geen tijd om te wachten. Een medewerker beslist.",
        "en": "The citizen had many messages already and there is no time to wait. An employee decides.",
    },
    Reason.PERSON_TAKES_OVER: {
        "nl": "Als niets lukt, neemt een medewerker het over.",
        "en": "If nothing works, an employee takes over.",
    },
}


def said(reason: Reason, language: str = "nl") -> str:
    """Returns the sentence of a reason in `nl` or `en`."""
    return SENTENCES[reason][language]
