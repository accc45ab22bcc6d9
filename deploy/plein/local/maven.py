"""Engines that their makers publish for Java: fetched once, with Maven as the machine has it set up, and kept in a cache."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

JAVA_AT_LEAST = 17
RESOLVE_SECONDS = 600
_DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"
COPY_GOAL = f"{_DEPENDENCY_PLUGIN}:copy"
COPY_DEPENDENCIES_GOAL = f"{_DEPENDENCY_PLUGIN}:copy-dependencies"
# Short-lived and small: start quickly, take little memory.
JAVA_OPTIONS = ("-Xms128m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


def why_no_java(engine: str) -> str | None:
    """Returns why this engine cannot run on the Java of this machine, in a sentence; None when it can."""
    if shutil.which("java") is None:
        return f"there is no java on PATH: install Java {JAVA_AT_LEAST} or newer"
    if _java_version() < JAVA_AT_LEAST:
        return f"{engine} needs Java {JAVA_AT_LEAST} or newer on PATH"
    return None


def java_environment() -> dict[str, str]:
    """Returns what a Java process is told of this machine."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME", "LANG") if name in os.environ}


def cached(name: str) -> Path:
    """Returns where an engine of this name, with its version in it, is kept."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(root) / "plein" / name


def fetch_once(name: str, what: str, arguments: Callable[[Path], Sequence[str]], finish: Callable[[Path], None]) -> str | None:
    """Runs Maven with `arguments` of an empty folder, then `finish` on it, and keeps that as `cached(name)`.

    Returns why that failed, None when it is there. Two that do this at the same time do not hinder each other.
    """
    kept = cached(name)
    if kept.is_dir():
        return None
    if shutil.which("mvn") is None:
        return "there is no mvn on PATH to fetch it with"
    making = kept.with_name(f"{kept.name}.{os.getpid()}")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        command = ["mvn", "-B", "-q", *arguments(making)]
        fetched = subprocess.run(command, cwd=making, capture_output=True, text=True, timeout=RESOLVE_SECONDS, check=False)
        if fetched.returncode:
            return f"Maven could not fetch {what}: {(fetched.stdout + fetched.stderr).strip()[-400:]}"
        finish(making)
        if not kept.is_dir():
            making.rename(kept)
    except subprocess.TimeoutExpired:
        return f"Maven did not fetch {what} in {RESOLVE_SECONDS} s"
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return None


def _java_version() -> int:
    told = subprocess.run(["java", "-XshowSettings:properties", "-version"], capture_output=True, text=True, check=False).stderr
    for line in told.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "java.specification.version":
            return int(value.strip().split(".")[0])
    return 0
