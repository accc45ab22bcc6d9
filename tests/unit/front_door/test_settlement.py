"""How submissions become durable: in one go, and never half of one mixed with another."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from contact_events.identity import event_key
from event_bus.journal import Accepting, Verdict
from event_bus.records import ToSay
from front_door.settlement import Prepared, settled


class Remembered:
    """Accepts in memory, and remembers how often it was asked."""

    def __init__(self) -> None:
        self.digests: dict[UUID, bytes] = {}
        self.asked = 0

    async def accept(self, events: Sequence[Accepting]) -> list[Verdict]:
        self.asked += 1
        return [self._verdict(event) for event in events]

    async def state_of(self, event_key: UUID) -> Literal["received", "passed_on"] | None:
        return "received" if event_key in self.digests else None

    def _verdict(self, event: Accepting) -> Verdict:
        known = self.digests.setdefault(event.to_say.event_key, event.digest)
        if known is event.digest:
            return Verdict.ACCEPTED
        return Verdict.REPEATED if known == event.digest else Verdict.OTHER_CONTENT


def a_submission(event_id: str, content: str = "a", *, questions: int = 1) -> Prepared:
    ids = [event_id, *(f"{event_id}#{number}" for number in range(2, questions + 1))]
    digest = bytes(bytearray(content.encode()))
    events = tuple(Accepting(ToSay("interactions", b"k", b"v", event_key("s", each)), digest) for each in ids)
    return Prepared("s", event_id, events, tuple(ids))


async def test_a_hundred_submissions_are_one_commit() -> None:
    """Batches are as fast as the journal lets them be."""
    accepts = Remembered()

    verdicts = await settled([a_submission(str(number)) for number in range(100)], accepts)

    assert set(verdicts) == {Verdict.ACCEPTED}
    assert accepts.asked == 1


async def test_new_calls_with_several_questions_are_one_commit_too() -> None:
    """Only a known id makes its later questions wait."""
    accepts = Remembered()

    await settled([a_submission(str(number), questions=3) for number in range(10)], accepts)

    assert (accepts.asked, len(accepts.digests)) == (1, 30)


async def test_a_call_that_was_kept_by_half_is_completed_when_it_comes_again() -> None:
    """The sender heard nothing, and sends it again."""
    accepts = Remembered()
    whole = a_submission("1", questions=3)
    await accepts.accept(whole.events[:1])

    (verdict,) = await settled([a_submission("1", questions=3)], accepts)

    assert verdict is Verdict.REPEATED
    assert len(accepts.digests) == 3


async def test_nothing_of_other_content_is_kept() -> None:
    """Also not the questions the first call did not have."""
    accepts = Remembered()
    await settled([a_submission("1")], accepts)

    (verdict,) = await settled([a_submission("1", "b", questions=3)], accepts)

    assert verdict is Verdict.OTHER_CONTENT
    assert len(accepts.digests) == 1
