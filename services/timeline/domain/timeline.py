"""The timeline of a person: which entries may be seen, in which order, one page at a time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contact_events.purposes import Purpose
from timeline.domain.entries import Entry, Position


@dataclass(frozen=True, slots=True)
class View:
    """What somebody asks to see: for which purpose, which channels and matters (none named: all), and from where."""

    purpose: Purpose
    channels: frozenset[str] = frozenset()
    matters: frozenset[str] = frozenset()
    as_of: datetime | None = None
    before: Position | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; `next` is where the following page starts, None when there is none."""

    entries: tuple[Entry, ...]
    next: Position | None


def visible_entries(entries: Iterable[Entry], view: View) -> tuple[Entry, ...]:
    """Returns what the view may show. Earlier words outside the purpose are left out of a correction."""
    return tuple(_with_visible_history(entry, view.purpose) for entry in entries if _is_visible(entry, view))


def page_of(entries: Iterable[Entry], view: View) -> Page:
    """Returns the page of a view: visible, after its starting point, ordered by when things happened, then by key."""
    found = sorted(visible_entries(entries, view), key=lambda entry: entry.position, reverse=True)
    if view.before is not None:
        before = view.before
        found = [entry for entry in found if entry.position < before]
    return cut(found, view.limit)


def cut(entries: Sequence[Entry], limit: int) -> Page:
    """Returns the first `limit` of ordered entries as a page; one more than the limit proves that there is a next page."""
    shown = tuple(entries[:limit])
    return Page(shown, shown[-1].position if len(entries) > limit else None)


def _is_visible(entry: Entry, view: View) -> bool:
    words = entry.words
    return (
        view.purpose.shows(words.matter, confidential=words.confidential)
        and (not view.channels or entry.channel in view.channels)
        and (not view.matters or words.matter in view.matters)
    )


def _with_visible_history(entry: Entry, purpose: Purpose) -> Entry:
    if not entry.corrections:
        return entry
    corrections = tuple(
        correction
        if correction.earlier is None or purpose.shows(correction.earlier.matter, confidential=correction.earlier.confidential)
        else replace(correction, earlier=None)
        for correction in entry.corrections
    )
    return replace(entry, corrections=corrections)
