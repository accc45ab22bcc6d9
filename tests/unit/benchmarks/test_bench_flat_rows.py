"""A JDBC sink is given the very rows that the timeline keeps, by the columns of its table."""

import json
from datetime import datetime
from uuid import UUID

from benchmarks.flat_rows import KEY, flat_row, schema
from benchmarks.load import LoadShape, arrivals
from timeline.edges.database.tables import entry


def test_a_flat_row_holds_what_the_timeline_keeps_of_the_event() -> None:
    for arrival in arrivals(LoadShape(events=50, citizens=5)):
        row = json.loads(flat_row(arrival))

        assert (UUID(row["citizen"]), UUID(row["event_id"])) == (arrival.citizen.uuid, arrival.event_id)
        assert datetime.fromisoformat(row["occurred_at"]) == arrival.occurred_at
        assert row["raw"].encode() == arrival.value


def test_the_schema_names_the_columns_of_a_row_and_they_are_those_of_the_table() -> None:
    arrival = next(arrivals(LoadShape(events=1, citizens=1)))
    named = [field["field"] for field in schema()["fields"]]
    filled_by_itself = {column.name for column in entry.columns if column.server_default is not None}

    assert named == list(json.loads(flat_row(arrival)))
    assert set(named) == {column.name for column in entry.columns} - filled_by_itself
    assert set(KEY) == {column.name for column in entry.primary_key}
