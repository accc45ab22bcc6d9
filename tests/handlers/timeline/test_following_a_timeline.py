"""Following a timeline: logged once, filtered by purpose, nothing missed and nothing sent twice on one line."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from builders import MONDAY_10H, a_citizen, a_ref, an_interaction
from handlers.timeline.timeline_setting import PASSPORTS, SHE, Twin, a_correction, a_link, a_look
from timeline.domain.entries import Entry
from timeline.domain.timeline import View
from timeline.edges.live import Followers, change_of
from timeline.edges.memory import MemoryTimelines
from timeline.handlers import follow_timeline
from timeline.ports import Changed, Mark, Unavailable

DEADLINE_S = 5


@dataclass
class Clock:
    """Each landing is a second later."""

    landings: int = 0

    def __call__(self) -> "object":
        self.landings += 1
        return MONDAY_10H + timedelta(seconds=self.landings)


@dataclass
class Live:
    """A timeline in memory and somebody who follows it."""

    followers: Followers = field(default_factory=Followers)

    def __post_init__(self) -> None:
        self.timelines = MemoryTimelines(now=Clock(), told=lambda: self.followers.tell(Changed(None)))  # type: ignore[arg-type]
        self.twin = Twin(self.timelines, self.timelines.record_contacts)

    def follow(self, *, since: Mark | None = None, heartbeat_s: float = 60) -> AsyncIterator[Entry | None]:
        view = View(PASSPORTS)
        look = a_look(PASSPORTS, what="timeline_live")
        return follow_timeline(self.timelines, self.followers, (SHE,), view, look, since=since, heartbeat_s=heartbeat_s)

    async def lines(self) -> list[str]:
        found = await self.timelines.access_log((SHE,), before=None, limit=50, looking=a_look(what="access_log"))
        return [line.data.what for _, line in found if line.data.what == "timeline_live"]


async def coming(following: AsyncIterator[Entry | None]) -> str | None:
    async with asyncio.timeout(DEADLINE_S):
        entry = await anext(following)
    return entry.event.id if entry else None


async def test_what_is_kept_comes_live_when_the_purpose_shows_it() -> None:
    live = Live()
    following = live.follow()
    assert await coming(following) is None

    await live.twin.hear(an_interaction(event_id="care", matter="wmo-melding"))
    await live.twin.hear(an_interaction(event_id="passport"))

    assert await coming(following) == "passport"
    assert await live.lines() == ["timeline_live"]


async def test_an_amended_entry_comes_again_with_its_new_words() -> None:
    live = Live()
    call = an_interaction(event_id="call", summary="eerst")
    following = live.follow()
    await anext(following)
    await live.twin.hear(call)
    assert await coming(following) == "call"

    await live.twin.hear(a_correction(call, event_id="c", summary="later"))

    async with asyncio.timeout(DEADLINE_S):
        entry = await anext(following)
    assert entry is not None
    assert entry.words.summary == "later"


async def test_what_was_linked_while_following_comes_too() -> None:
    live = Live()
    phone = a_citizen("telefoon", kind="phone")
    following = live.follow()
    await anext(following)

    await live.twin.hear(a_link("mevrouw De Vries", phone, link_id="l"))
    await live.twin.hear(an_interaction(event_id="by phone", citizen=phone))

    assert await coming(following) == "by phone"


async def test_who_reconnects_says_where_and_misses_nothing() -> None:
    live = Live()
    first = live.follow()
    await anext(first)
    await live.twin.hear(an_interaction(event_id="seen"))
    async with asyncio.timeout(DEADLINE_S):
        seen = await anext(first)
    assert seen is not None
    await live.twin.hear(an_interaction(event_id="missed"))

    again = live.follow(since=Mark(seen.changed_at))
    await anext(again)

    got = {await coming(again), await coming(again)}
    assert got == {"seen", "missed"}


async def test_silence_is_a_heartbeat() -> None:
    live = Live()
    following = live.follow(heartbeat_s=0.01)

    assert [await coming(following) for _ in range(3)] == [None, None, None]


async def test_following_needs_a_line_in_the_log() -> None:
    live = Live()
    live.timelines.is_available = False

    with pytest.raises(Unavailable):
        await anext(live.follow())


async def test_followers_are_let_go_when_the_service_stops() -> None:
    live = Live()
    following = live.follow()
    await anext(following)
    waiting = asyncio.ensure_future(anext(following, "the end"))

    live.followers.end()

    async with asyncio.timeout(DEADLINE_S):
        assert await waiting == "the end"


async def test_changes_that_pile_up_are_told_together() -> None:
    followers = Followers()
    following = followers.follow(heartbeat_s=60)
    assert await anext(following) == Changed(None)

    followers.tell(change_of(SHE.text))
    followers.tell(change_of(a_ref("haar man").text))

    assert await anext(following) == Changed(frozenset({SHE, a_ref("haar man")}))


def test_a_notification_names_citizens_or_anybody() -> None:
    assert change_of("*").concerns(frozenset({SHE}))
    assert change_of(SHE.text).concerns(frozenset({SHE}))
    assert not change_of(SHE.text).concerns(frozenset({a_ref("haar man")}))
