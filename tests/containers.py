"""Apache Kafka in a container, where a Docker engine answers on this machine: the image of docker-compose.yml."""

import base64
import uuid
from typing import cast

from docker.errors import DockerException  # type: ignore[import-untyped]  # it ships no types
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from plein.local.kafka import KAFKA_VERSION
from plein.local.ports import LOOPBACK, CannotStart, free_port

KAFKA_IMAGE = f"apache/kafka:{KAFKA_VERSION}"
INSIDE_PORT = 9092
ANSWER_SECONDS = 5
READY_SECONDS = 60


def why_no_docker() -> str | None:
    """Returns why no container can run here, in a sentence; None when a Docker engine on this machine answers."""
    try:
        engine = DockerClient(timeout=ANSWER_SECONDS)
        engine.client.ping()
    except DockerException:
        return "no Docker engine answers here (`docker info`)"
    if engine.host() not in {"localhost", LOOPBACK}:
        return "the Docker engine is on another machine, and these tests speak to loopback only"
    return None


class KafkaInContainer:
    """One Apache Kafka in its makers' own container. Keeps its address, and unless started fresh also its log and cluster id."""

    durable = True

    def __init__(self) -> None:
        self.port = free_port()
        self._container: DockerContainer | None = None

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def is_running(self) -> bool:
        if self._container is None:
            return False
        self._container.reload()
        return self._container.status in {"running", "paused"}

    @property
    def pid(self) -> int:
        """Returns the process id of the broker as its engine's machine has it."""
        container = self._started()
        container.reload()
        return int(container.get_wrapped_container().attrs["State"]["Pid"])

    @property
    def listens_on(self) -> set[str]:
        """Returns the addresses of this machine that lead to the broker."""
        container = self._started()
        container.reload()
        published = container.get_wrapped_container().attrs["NetworkSettings"]["Ports"]
        return {binding["HostIp"] for bindings in published.values() for binding in bindings or ()}

    def start(self, fresh: bool = False) -> str:
        """Starts the broker, with an empty log when `fresh`, and returns its address. Raises CannotStart."""
        if self.is_running:
            return self.address
        if fresh:
            self.remove()
        try:
            if self._container is None:
                self._container = self._new()
                self._container.start()
            else:
                self._container.get_wrapped_container().start()
        except DockerException as fault:
            raise CannotStart(f"{KAFKA_IMAGE} cannot run: {type(fault).__name__}") from fault
        waiting = Retrying(
            stop=stop_after_delay(READY_SECONDS), wait=wait_fixed(0.2), retry=retry_if_result(lambda is_up: not is_up)
        )
        try:
            waiting(self._is_ready)
        except RetryError:
            raise CannotStart(f"{KAFKA_IMAGE} was not ready in {READY_SECONDS} s:\n{self._log_end()}") from None
        return self.address

    def stop(self) -> None:
        if self.is_running:
            self._started().get_wrapped_container().stop(timeout=20)

    def kill(self) -> None:
        if self.is_running:
            self._started().get_wrapped_container().kill()

    def pause(self) -> None:
        """Freezes the broker: connections stay open and nothing answers."""
        self._started().get_wrapped_container().pause()

    def resume(self) -> None:
        container = self._started()
        container.reload()
        if container.status == "paused":
            container.get_wrapped_container().unpause()

    def remove(self) -> None:
        """Ends the container for good, with its log."""
        if self._container is not None:
            self._container.stop()
            self._container = None

    def _started(self) -> DockerContainer:
        if self._container is None:
            raise CannotStart("Apache Kafka was not started")
        return self._container

    def _new(self) -> DockerContainer:
        container = DockerContainer(KAFKA_IMAGE).with_envs(**self._settings())
        # Loopback alone; its own `with_bind_ports` opens the port to the whole network.
        cast(dict[str, object], container.ports)[f"{INSIDE_PORT}/tcp"] = (LOOPBACK, self.port)
        return container

    def _settings(self) -> dict[str, str]:
        return {
            "CLUSTER_ID": base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("="),
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_NODE_ID": "1",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@127.0.0.1:9093",
            "KAFKA_LISTENERS": f"CLIENTS://0.0.0.0:{INSIDE_PORT},CONTROLLER://127.0.0.1:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"CLIENTS://{self.address}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_INTER_BROKER_LISTENER_NAME": "CLIENTS",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
            "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
            "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
            "KAFKA_BROKER_SESSION_TIMEOUT_MS": "2000",
            "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",
            "KAFKA_LOG_FLUSH_INTERVAL_MESSAGES": "1",
        }

    def _is_ready(self) -> bool:
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

    def _log_end(self) -> str:
        out, errors = self._started().get_logs()
        return (out + errors).decode(errors="replace")[-2_000:]
