"""Peers that run on Java: fetched from Maven once, as their makers publish them, and started as their own scripts start them."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from plein.local.maven import COPY_DEPENDENCIES_GOAL, cached, fetch_once, why_no_java
from plein.local.ports import CannotStart

# From 4.2 on the JSON converter takes a schema once, where before each record had to bring it: three times the bytes.
CONNECT_VERSION = "4.4.0"
# The first of the Debezium JDBC sink with UNNEST.
DEBEZIUM_VERSION = "3.5.0.Final"
# What bin/kafka-run-class.sh and bin/connect-standalone.sh of Apache Kafka set.
_OPTIONS = (
    "-Xms256m",
    "-Xmx2g",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
    "-Duser.timezone=UTC",
)
# Seen with 4.4.0: the coordinator it is told of is never the one that it then finds.
NO_GROUPS = "Java's consumer joins no group on the embedded broker"
_NAME = f"bench-connect-{CONNECT_VERSION}-{DEBEZIUM_VERSION}"
_DRIVERS_OF_OTHERS = "ojdbc11,mssql-jdbc,mysql-connector-j,mariadb-java-client"
_DEPENDENCIES = (
    ("org.apache.kafka", "connect-runtime", CONNECT_VERSION),
    ("org.apache.kafka", "connect-json", CONNECT_VERSION),
    ("org.apache.kafka", "kafka-streams", CONNECT_VERSION),
    ("io.debezium", "debezium-connector-jdbc", DEBEZIUM_VERSION),
    ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.24.3"),
)
_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>nl.plein</groupId><artifactId>bench-connect</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{}</dependencies>
</project>
"""
_LOGGING = """rootLogger.level = WARN
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{ISO8601} %p %c %m%n
"""


def java_peer(main: str, *, classes: Path | None = None) -> list[str]:
    """Returns the command that runs a class of Kafka Connect, of Kafka Streams or of ours beside them. Raises CannotStart."""
    reason = why_no_java("Kafka Connect") or fetch_once(_NAME, "Kafka Connect with the Debezium JDBC sink", _copy, _set_logging)
    if reason is not None:
        raise CannotStart(reason)
    logging = f"-Dlog4j2.configurationFile={cached(_NAME) / 'log4j2.properties'}"
    path = ":".join(filter(None, (str(classes or ""), f"{cached(_NAME)}/*")))
    return ["java", *_OPTIONS, logging, "-cp", path, main]


def compiled(source: Path, folder: Path) -> Path:
    """Compiles one Java source and returns the folder of its classes. Raises CannotStart."""
    java_peer("")
    if shutil.which("javac") is None:
        raise CannotStart(f"there is no javac on PATH to compile {source.name} with")
    command = ["javac", "-d", str(folder), "-cp", f"{cached(_NAME)}/*", str(source)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise CannotStart(f"{source.name} could not be compiled: {made.stderr.strip()[-300:]}")
    return folder


def _copy(making: Path) -> Sequence[str]:
    tag = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
    (making / "pom.xml").write_text(_POM.format("".join(tag.format(*each) for each in _DEPENDENCIES)))
    return [
        COPY_DEPENDENCIES_GOAL,
        "-DincludeScope=runtime",
        f"-DexcludeArtifactIds={_DRIVERS_OF_OTHERS}",
        f"-DoutputDirectory={making}",
    ]


def _set_logging(making: Path) -> None:
    (making / "log4j2.properties").write_text(_LOGGING)
