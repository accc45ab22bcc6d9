"""What is asked for in one turn of the event loop is handed over together, once, in order."""

import asyncio

from event_bus.gathering import Asked, Gathering


async def test_what_is_asked_in_one_turn_goes_on_together_and_each_hears_its_own_answer() -> None:
    handed_over: list[list[str]] = []

    def take(asked: list[Asked[str]]) -> None:
        handed_over.append([each.what for each in asked])
        for each in asked:
            each.answer.set_result(each.what.upper())

    gathering = Gathering(take)

    async def heard(what: str) -> str:
        answer: str = await gathering.ask(what)
        return answer

    first = await asyncio.gather(heard("a"), heard("b"))
    second = await heard("c")

    assert [*first, second] == ["A", "B", "C"]
    assert handed_over == [["a", "b"], ["c"]]


async def test_what_waits_can_be_handed_over_before_the_turn_ends_and_is_so_once() -> None:
    handed_over: list[list[str]] = []
    gathering = Gathering[str](lambda asked: handed_over.append([each.what for each in asked]))

    waiting = gathering.ask("a")
    gathering.hand_over_now()
    await asyncio.sleep(0)

    assert handed_over == [["a"]]
    assert not waiting.done()
