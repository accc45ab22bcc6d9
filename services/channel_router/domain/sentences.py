"""Says a choice to people, in one paragraph: Dutch at level B1, and English."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple
from zoneinfo import ZoneInfo

from channel_router.domain.policy import PERSON
from channel_router.domain.reasons import LANGUAGES, Reason, said
from contact_events.channels import channel_word

MAX_SENTENCE = 1000

_DAYS = {
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = {
    "nl": (
        *("januari", "februari", "maart", "april", "mei", "juni"),
        *("juli", "augustus", "september", "oktober", "november", "december"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_ACTS = {
    "nl": {
        "phone": "Een medewerker belt de inwoner",
        "email": "Wij mailen de inwoner",
        "sms": "Wij sturen de inwoner een sms",
        "letter": "Wij sturen de inwoner een brief",
        "portal": "Wij zetten een bericht in Mijn Plein",
        "intermediary": "Wij vragen de helper van de inwoner om dit door te geven",
        "home_visit": "Een medewerker gaat bij de inwoner langs",
        PERSON: "Een medewerker neemt dit over",
    },
    "en": {
        "phone": "An employee phones the citizen",
        "email": "We e-mail the citizen",
        "sms": "We send the citizen a text message",
        "letter": "We send the citizen a letter",
        "portal": "We put a message in My Plein",
        "intermediary": "We ask the citizen's helper to pass this on",
        "home_visit": "An employee visits the citizen",
        PERSON: "An employee takes this over",
    },
}
_OTHER_ACT = {"nl": "Wij gebruiken {channel}", "en": "We use {channel}"}
_REGISTERED = {"nl": "Wij sturen de inwoner een aangetekende brief", "en": "We send the citizen a registered letter"}
_FROM = {"nl": "vanaf", "en": "from"}
_BEFORE = {"nl": "en vóór", "en": "and before"}
_NOT_BY = {"nl": "Niet per {channels}", "en": "Not by {channels}"}
_AND = {"nl": " en ", "en": " and "}
_NEXT = {"nl": "Lukt dat niet, dan: {steps}.", "en": "If that fails: {steps}."}
_THEN = {"nl": ", daarna ", "en": ", then "}
_SINCE = {"nl": "(in {month} {year})", "en": "(in {month} {year})"}
# What nobody asks about: the channel was never in question for this message.
LEFT_UNSAID = frozenset(
    {Reason.NOT_IN_POLICY, Reason.NO_INTERMEDIARY_ASKED, Reason.LAW_ASKS_ANOTHER_FORM, Reason.DECEASED, Reason.IDENTITY_NOT_SURE}
)


class Told(NamedTuple):
    """What a sentence tells: of a skipped channel the reason, and since when where that is known; of a next step the moment."""

    channel: str
    not_before: datetime
    term: datetime | None
    reasons: tuple[Reason, ...]
    skipped: tuple[tuple[str, Reason, datetime | None], ...]
    next_steps: tuple[tuple[str, datetime], ...]
    zone: ZoneInfo


@lru_cache(maxsize=8192)
def sentence_of(told: Told) -> Mapping[str, str]:
    """Returns the paragraph by language, each at most `MAX_SENTENCE` characters. Many of a campaign are told the same."""
    return MappingProxyType({language: _sentence(told, language) for language in LANGUAGES})


@lru_cache(maxsize=8192)
def moment_words(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """Returns a moment as people say it, in local time."""
    local = moment.astimezone(zone)
    day, month = _DAYS[language][local.weekday()], _MONTHS[language][local.month - 1]
    if language == "nl":
        return f"{day} {local.day} {month} om {local.hour}.{local.minute:02} uur"
    return f"{day} {local.day} {month} at {local.hour}:{local.minute:02}"


def _sentence(told: Told, language: str) -> str:
    parts = [_opening(told, language), *(said(reason, language) for reason in told.reasons)]
    endings = [_ending(told, language)] if told.next_steps else []
    for part in _skipped_parts(told, language):
        # The choice, its reasons and what comes next are always said; what was skipped as far as there is room.
        if sum(map(len, parts)) + len(parts) + len(part) + sum(map(len, endings)) < MAX_SENTENCE - 2:
            parts.append(part)
    return " ".join(parts + endings)


def _opening(told: Told, language: str) -> str:
    act = _ACTS[language].get(told.channel)
    if told.channel == "letter" and Reason.LAW_ASKS_REGISTERED_LETTER in told.reasons:
        act = _REGISTERED[language]
    if act is None:
        act = _OTHER_ACT[language].format(channel=channel_word(told.channel, language))
    words = [act, _FROM[language], moment_words(told.not_before, told.zone, language)]
    if told.term is not None:
        words += [_BEFORE[language], moment_words(told.term, told.zone, language)]
    return " ".join(words) + "."


def _skipped_parts(told: Told, language: str) -> list[str]:
    by_reason: dict[tuple[Reason, str], list[str]] = {}
    for channel, reason, since in told.skipped:
        if reason in LEFT_UNSAID:
            continue
        by_reason.setdefault((reason, _since(since, told.zone, language) if since else ""), []).append(channel)
    parts = []
    for (reason, since_words), channels in by_reason.items():
        words = _listed([channel_word(channel, language) for channel in channels], language)
        sentence = said(reason, language)
        if since_words:
            sentence = f"{sentence.rstrip('.')} {since_words}."
        parts.append(f"{_NOT_BY[language].format(channels=words)}: {sentence[0].lower()}{sentence[1:]}")
    return parts


def _since(moment: datetime, zone: ZoneInfo, language: str) -> str:
    local = moment.astimezone(zone)
    return _SINCE[language].format(month=_MONTHS[language][local.month - 1], year=local.year)


def _ending(told: Told, language: str) -> str:
    steps = [
        f"{channel_word(channel, language)} {_FROM[language]} {moment_words(moment, told.zone, language)}"
        for channel, moment in told.next_steps
    ]
    return _NEXT[language].format(steps=_THEN[language].join(steps))


def _listed(words: Sequence[str], language: str) -> str:
    return _AND[language].join(filter(None, (", ".join(words[:-1]), words[-1])))
