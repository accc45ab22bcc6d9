"""The loss hunt: real worker processes on real engines, and a checker that compares accepted events with rows, to the id."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import sqlalchemy as sa

from engines import BrokerUnderTest
from event_bus.provision import TopicSpec, lags, provision, wait_for_topics
from event_bus.publisher import KafkaPublisher
from event_bus.records import ToSay
from event_bus.settings import BrokerSettings
from event_bus.tables import stream_tables

SESSION_S = 2.0
PARTITIONS = 4
PATIENCE_S = 60.0
HERE = Path(__file__).parent


@dataclass
class WorkerProcess:
    """One worker process that the hunt may kill, freeze and ask to stop."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    errors: Path

    @property
    def is_frozen(self) -> bool:
        with suppress(psutil.NoSuchProcess):
            return bool(psutil.Process(self.process.pid).status() == psutil.STATUS_STOPPED)
        return False

    def send(self, what: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(what)

    def said(self, event: str) -> int:
        """Returns how often the worker logged an event."""
        return self.log.read_text(errors="replace").count(f'"event":"{event}"')

    async def ended(self) -> int:
        """Returns the exit code; negative is the signal that killed it."""
        await until(lambda: self.process.poll() is not None, f"{self.name} ends")
        return int(self.process.returncode)


@dataclass
class Hunt:
    """One topic, one database, some workers, and the history of what was accepted."""

    broker: BrokerUnderTest
    database: str
    folder: Path
    once: bool = False
    most_records: int = 200
    max_parked_in_a_row: int = 200
    topic: str = field(default_factory=lambda: f"hunt-{uuid.uuid4().hex[:8]}")
    accepted: list[uuid.UUID] = field(default_factory=list)
    workers: list[WorkerProcess] = field(default_factory=list)

    @property
    def reader(self) -> str:
        return f"reader_{self.topic[-8:]}"

    @property
    def settings(self) -> BrokerSettings:
        return BrokerSettings(
            broker_servers=self.broker.address, broker_durable=self.broker.durable, broker_session_timeout_s=SESSION_S
        )

    async def prepare(self) -> None:
        """Makes the topic and the tables. A row has no unique key unless `once`: writing an event twice must show."""
        await self.make_topic()
        engine = sa.create_engine(self.database.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE SCHEMA hunt"))
            metadata = sa.MetaData()
            stream_tables(metadata, "hunt")
            metadata.create_all(connection)
            unique = " PRIMARY KEY" if self.once else ""
            connection.execute(sa.text(f"CREATE TABLE hunt.row (id uuid{unique}, worker text, seq bigserial)"))
        engine.dispose()

    async def make_topic(self) -> None:
        await asyncio.to_thread(provision, self.settings, [TopicSpec(self.topic, PARTITIONS, 3_600_000)])
        await wait_for_topics(self.settings, [self.topic], 10)

    def event(self) -> ToSay:
        """Returns a new event; its value is its id."""
        key = uuid.uuid4()
        return ToSay(self.topic, key.bytes, key.bytes, key)

    async def publish(self, count: int, *, values: dict[int, bytes] | None = None) -> None:
        """Publishes events and notes those that were acknowledged; `values` puts others among them, by index."""
        publisher = KafkaPublisher(self.settings)
        try:
            for start in range(0, count, 500):
                events = [self.event() for _ in range(start, min(count, start + 500))]
                for index, value in (values or {}).items():
                    if start <= index < start + 500:
                        events[index - start] = ToSay(self.topic, events[index - start].key, value, uuid.uuid4())
                await publisher.publish(events)
                self.accepted.extend(uuid.UUID(bytes=each.value) for each in events if each.value == each.event_key.bytes)
        finally:
            await publisher.stop()

    def start_worker(self, *, program: str = "fault_worker.py", **fault: Any) -> WorkerProcess:
        """Starts a worker process; `step`, `at` and `how` choose its fault."""
        name = f"worker{len(self.workers) + 1}"
        told = {
            "name": name,
            "folder": str(self.folder),
            "broker": self.broker.address,
            "durable": self.broker.durable,
            "database": self.database,
            "reader": self.reader,
            "topic": self.topic,
            "session_s": SESSION_S,
            "once": self.once,
            "most_records": self.most_records,
            "max_parked_in_a_row": self.max_parked_in_a_row,
            **fault,
        }
        log, errors = self.folder / f"{name}.log", self.folder / f"{name}.err"
        with log.open("wb") as out, errors.open("wb") as err:
            process = subprocess.Popen(
                [sys.executable, str(HERE / program), json.dumps(told)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(HERE.parent)},
            )
        worker = WorkerProcess(name, process, log, errors)
        self.workers.append(worker)
        return worker

    def rows(self) -> Counter[uuid.UUID]:
        """Returns how often each id has a row."""
        return Counter(row[0] for row in self.query("SELECT id FROM hunt.row"))

    def count(self, table: str = "row") -> int:
        return int(self.query(f"SELECT count(*) FROM hunt.{table}")[0][0])

    def stands_at(self) -> int:
        """Returns how many records the stored positions say are done."""
        return int(self.query("SELECT coalesce(sum(next_offset), 0) FROM hunt.stream_position")[0][0])

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, connect_timeout=3) as connection:
            return connection.execute(statement.encode()).fetchall()

    def told_lag(self) -> int:
        """Returns how many events the group has not acknowledged to Kafka."""
        return sum(lags(self.settings, {self.reader: [self.topic]})[self.reader].values())

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.database) as connection:
            connection.execute(statement.encode())

    async def everything_arrived(self) -> None:
        """Returns when as many different ids have a row as were accepted."""
        await until(
            lambda: int(self.query("SELECT count(DISTINCT id) FROM hunt.row")[0][0]) >= len(set(self.accepted)),
            f"{len(self.accepted)} accepted events are rows",
            explain=self.explain,
        )

    def assert_each_exactly_once(self) -> None:
        """The checker: nothing lost, nothing twice, nothing that was never accepted."""
        accepted, rows = set(self.accepted), self.rows()
        lost, phantom = accepted - rows.keys(), rows.keys() - accepted
        twice = {each for each, times in rows.items() if times > 1}
        found = f"lost {len(lost)}, twice {len(twice)}, never accepted {len(phantom)}"
        assert found == "lost 0, twice 0, never accepted 0", self.explain()

    def explain(self) -> str:
        told = [
            f"{each.name}: exit {each.process.poll()} {each.errors.read_text(errors='replace')[-600:]}" for each in self.workers
        ]
        return f"accepted {len(self.accepted)}; " + "\n".join(told)

    def end(self) -> None:
        """Ends every process of this hunt."""
        for worker in self.workers:
            worker.send(signal.SIGKILL)
            worker.process.wait()


async def until(
    is_so: Callable[[], bool], what: str, *, explain: Callable[[], str] = str, patience_s: float = PATIENCE_S
) -> None:
    """Returns when something is so; fails with a sentence when it is not in time."""
    deadline = time.monotonic() + patience_s
    while True:
        with suppress(psycopg.OperationalError):
            if is_so():
                return
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s in vain until {what}; {explain()}"
        await asyncio.sleep(0.03)
