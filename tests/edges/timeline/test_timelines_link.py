"""Links made over HTTP, on both twins: evidence, history, refusals and undoing."""

from uuid import uuid4

import pytest

from builders import MONDAY_10H, a_citizen, a_contact_point, a_ref, an_interaction
from handlers.timeline.timeline_setting import SHE, Twin, a_look
from timeline.handlers import Refusal, link_references, undo_link

PHONE = a_ref("telefoon")
SISTER = a_ref("haar zus")


async def known(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="hers"),
        an_interaction(event_id="by phone", citizen=a_citizen("telefoon", kind="phone", assurance="claimed")),
        an_interaction(event_id="her sister's", citizen=a_citizen("haar zus")),
    )


async def test_a_link_joins_two_timelines_and_undoing_parts_them_with_both_in_the_history(twin: Twin) -> None:
    await known(twin)

    made = await link_references(twin.timelines, SHE, PHONE, "las het nummer voor", a_look(by="Anouk"))
    assert not isinstance(made, Refusal)
    joined = await twin.ids()
    undone = await undo_link(twin.timelines, made.link_id, "het was haar zus", a_look(by="Bram"))

    assert sorted(joined) == ["by phone", "hers"]
    assert not isinstance(undone, Refusal)
    assert await twin.ids() == ["hers"]
    [link] = await twin.timelines.links((PHONE,), a_look())
    assert (link.evidence, link.linked_by, link.one.kind, link.other.kind) == ("las het nummer voor", "Anouk", "bsn", "phone")
    assert link.undone is not None
    assert (link.undone.reason, link.undone.unlinked_by) == ("het was haar zus", "Bram")


async def test_two_bsns_are_never_linked_also_not_by_a_detour(twin: Twin) -> None:
    await known(twin)
    await link_references(twin.timelines, SHE, PHONE, "las het nummer voor", a_look())

    directly = await link_references(twin.timelines, SHE, SISTER, "zelfde stem", a_look())
    by_detour = await link_references(twin.timelines, PHONE, SISTER, "zelfde nummer", a_look())

    assert (directly, by_detour) == (Refusal.TWO_BSNS, Refusal.TWO_BSNS)
    assert await twin.ids(SISTER) == ["her sister's"]


async def test_a_link_may_be_made_again_after_it_was_undone(twin: Twin) -> None:
    await known(twin)
    first = await link_references(twin.timelines, SHE, PHONE, "dacht ik", a_look(look_id=uuid4()))
    assert not isinstance(first, Refusal)
    await undo_link(twin.timelines, first.link_id, "toch niet", a_look())

    second = await link_references(twin.timelines, PHONE, SHE, "paspoort gezien", a_look(look_id=uuid4()))

    assert not isinstance(second, Refusal)
    assert sorted(await twin.ids()) == ["by phone", "hers"]
    assert len(await twin.timelines.links((SHE,), a_look())) == 2


@pytest.mark.parametrize(
    ("one", "other", "refusal"),
    [
        (SHE, SHE, Refusal.SAME_REFERENCE),
        (SHE, a_ref("nooit gezien"), Refusal.UNKNOWN_REFERENCE),
    ],
)
async def test_a_link_needs_two_different_references_that_are_known(
    twin: Twin, one: object, other: object, refusal: Refusal
) -> None:
    await known(twin)

    assert await link_references(twin.timelines, one, other, "gok", a_look()) is refusal  # type: ignore[arg-type]


async def test_a_link_is_made_once_and_undone_once(twin: Twin) -> None:
    await known(twin)
    made = await link_references(twin.timelines, SHE, PHONE, "las het nummer voor", a_look())
    assert not isinstance(made, Refusal)

    again = await link_references(twin.timelines, PHONE, SHE, "nog eens", a_look())
    await undo_link(twin.timelines, made.link_id, "toch niet", a_look())
    undone_again = await undo_link(twin.timelines, made.link_id, "toch niet", a_look())

    assert again is Refusal.ALREADY_ONE
    assert undone_again is Refusal.ALREADY_UNDONE
    assert await undo_link(twin.timelines, "nooit gemaakt", "toch niet", a_look()) is Refusal.NO_SUCH_LINK


async def test_a_contact_point_alone_makes_nobody_one_person(twin: Twin) -> None:
    await twin.hear(
        an_interaction(event_id="hers", contact_points=(a_contact_point("06"),), occurred_at=MONDAY_10H),
        an_interaction(event_id="his", citizen=a_citizen("haar man"), contact_points=(a_contact_point("06"),)),
    )

    assert await twin.ids() == ["hers"]
    assert await twin.ids(a_ref("haar man")) == ["his"]
