"""`plein rebuild` as an operator calls it: what it says, and the exit code by which a script knows."""

from pathlib import Path

import psycopg

from an_operator import Operator
from builders import an_interaction
from contact_events.codec import write_event
from event_bus.records import Batch, Record
from service_runtime.migrations import migrate
from timeline.edges.database.landing import record_contacts


async def test_a_check_exits_1_when_something_differs_and_0_after_the_rebuild(fresh_database: str, tmp_path: Path) -> None:
    migrate("timeline", fresh_database, "timeline")
    operator = Operator(tmp_path, fresh_database)
    raws = [write_event(an_interaction(event_id=str(number))) for number in range(3)]
    async with await psycopg.AsyncConnection.connect(fresh_database) as connection:
        await record_contacts(
            connection, Batch("interactions", 0, [Record("interactions", 0, n, b"k", raw) for n, raw in enumerate(raws)])
        )

    clean = operator.runs("rebuild", "--check")
    with psycopg.connect(fresh_database) as connection:
        connection.execute(
            "UPDATE timeline.entry SET matter = 'afval' WHERE event_id = (SELECT event_id FROM timeline.entry LIMIT 1)"
        )
    differs, mended, clean_again = (operator.runs("rebuild", *words) for words in (("--check",), (), ("--check",)))
    with psycopg.connect(fresh_database) as connection:
        connection.execute("UPDATE timeline.entry SET raw = '{' WHERE event_id = (SELECT event_id FROM timeline.entry LIMIT 1)")
    unreadable = operator.runs("rebuild")

    assert clean[0] == 0
    assert "3 entries derived anew" in clean[1]
    assert differs[0] == 1
    assert "1 differ from what is shown\n  " in differs[1]
    assert mended[0] == 0
    assert "What was derived anew is shown from now on." in mended[1]
    assert clean_again == clean
    assert unreadable[0] == 1
    assert "1 kept events cannot be read by this version: nothing was changed" in unreadable[1]
