"""A real Apache Kafka, one KRaft node on loopback, run by Java from the artifacts its makers publish on Maven Central."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from plein.cluster_id import new_cluster_id
from plein.local.maven import COPY_DEPENDENCIES_GOAL, JAVA_OPTIONS, cached, fetch_once, java_environment, why_no_java
from plein.local.ports import LOOPBACK, CannotStart, free_port, is_listened_on, require_free
from plein.local.processes import LocalProcess

KAFKA_VERSION = "4.1.1"
READY_SECONDS = 60
_NAME = f"kafka-{KAFKA_VERSION}"

_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>nl.plein</groupId><artifactId>local-kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA_VERSION}</version></dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version>
    </dependency>
  </dependencies>
</project>
"""


class ApacheKafka:
    """One broker with its log in `folder`. Keeps its port, and unless started fresh also its log and cluster id.

    `properties` are added to server.properties; with an authorizer or SASL in it, `is_ready` only waits for the port.
    """

    durable = True

    def __init__(self, folder: Path, port: int = 0, properties: Mapping[str, str] | None = None) -> None:
        self.folder = folder.absolute()
        self.port = port or free_port()
        self._controller_port = free_port()
        self._properties = dict(properties or {})
        self._data = self.folder / "data"
        self._settings = self.folder / "server.properties"
        self._process: LocalProcess | None = None

    @staticmethod
    def available() -> str | None:
        """Returns why there is no Apache Kafka here, in a sentence; None when there is one. Downloads it once."""
        return why_no_java("Apache Kafka") or fetch_once(_NAME, f"Apache Kafka {KAFKA_VERSION}", _copy_arguments, _set_logging)

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def pid(self) -> int:
        return self._started().pid

    def start(self, fresh: bool = False) -> str:
        """Starts the broker, with an empty log when `fresh`, and returns its address. Raises CannotStart."""
        if self.is_running:
            return self.address
        reason = self.available()
        if reason is not None:
            raise CannotStart(f"Apache Kafka cannot run: {reason}")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._process = LocalProcess(
            "kafka", [*_java(), "kafka.Kafka", str(self._settings)], folder=self.folder, environment=java_environment()
        )
        self._process.end_leftover()
        require_free(self.port, "Apache Kafka")
        if fresh:
            shutil.rmtree(self._data, ignore_errors=True)
        self._write_settings()
        if not (self._data / "meta.properties").exists():
            self._format()
        self._process.start()
        try:
            self._process.wait_until(self._is_ready, seconds=READY_SECONDS)
        except CannotStart:
            self._process.kill()
            raise
        return self.address

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def pause(self) -> None:
        """Freezes the broker: connections stay open and nothing answers."""
        self._started().pause()

    def resume(self) -> None:
        self._started().resume()

    def _started(self) -> LocalProcess:
        if self._process is None:
            raise CannotStart("Apache Kafka was not started")
        return self._process

    def _write_settings(self) -> None:
        settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller_port}",
            "listeners": f"CLIENTS://{self.address},CONTROLLER://{LOOPBACK}:{self._controller_port}",
            "advertised.listeners": f"CLIENTS://{self.address}",
            "listener.security.protocol.map": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "CLIENTS",
            "log.dirs": str(self._data),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            # After a kill the controller waits this long before it lets the same node in again.
            "broker.session.timeout.ms": "2000",
            "broker.heartbeat.interval.ms": "500",
            "group.min.session.timeout.ms": "1000",
            # An acknowledged record is on disk, so that a killed broker may be asked for it.
            "log.flush.interval.messages": "1",
            **self._properties,
        }
        self._settings.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def _format(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True)
        command = [*_java(), "kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(self._settings)]
        made = subprocess.run(command, env=java_environment(), capture_output=True, text=True, check=False)
        if made.returncode:
            raise CannotStart(f"Apache Kafka could not format its log folder:\n{made.stdout}{made.stderr}")

    def _is_ready(self) -> bool:
        if not is_listened_on(self.port):
            return False
        if self._properties:
            return True
        try:
            client = KafkaAdminClient(bootstrap_servers=self.address, request_timeout_ms=2_000, bootstrap_timeout_ms=2_000)
        except KafkaError:
            return False
        try:
            return bool(client.describe_cluster()["brokers"])
        except KafkaError:
            return False
        finally:
            client.close()


def _copy_arguments(making: Path) -> Sequence[str]:
    (making / "pom.xml").write_text(_POM)
    return [COPY_DEPENDENCIES_GOAL, "-DincludeScope=runtime", f"-DoutputDirectory={making}"]


def _set_logging(making: Path) -> None:
    (making / "log4j2.properties").write_text(_LOGGING)


_LOGGING = """rootLogger.level = WARN
rootLogger.appenderRef.stdout.ref = stdout
appender.stdout.type = Console
appender.stdout.name = stdout
appender.stdout.layout.type = PatternLayout
appender.stdout.layout.pattern = %d{ISO8601} %p %c %m%n
"""


def _java() -> list[str]:
    logging = f"-Dlog4j2.configurationFile={cached(_NAME) / 'log4j2.properties'}"
    return ["java", *JAVA_OPTIONS, logging, "-cp", f"{cached(_NAME)}/*"]
