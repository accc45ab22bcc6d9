"""`python -m contact_events.publish` writes what others read; `--check` says what is out of date; `--release` freezes it."""

import argparse
import sys
from pathlib import Path

from contact_events.publish.asyncapi import asyncapi_text
from contact_events.publish.flow import flow_text
from contact_events.publish.released import changed_since_release, release
from contact_events.publish.revisions import newest_schemas
from contact_events.topics import PERMITTED_LOOPS, TOPICS

FOLDER = Path(__file__).parents[1]


def published(folder: Path) -> dict[str, bytes]:
    """Returns the bytes of every published file by its path, given the examples and releases in `folder`."""
    schemas = newest_schemas(folder)
    paths = {event_class: path for event_class, (path, _) in schemas.items()}
    return dict(schemas.values()) | {
        "FLOW.md": flow_text(TOPICS, PERMITTED_LOOPS).encode(),
        "asyncapi.yaml": asyncapi_text(TOPICS, paths, folder).encode(),
    }


def differences(folder: Path) -> list[str]:
    """Returns a sentence for each published file that is not what the code says, and for each released one that was changed."""
    sentences = changed_since_release(folder)
    for path, content in published(folder).items():
        there = folder / path
        if not there.exists():
            sentences.append(f"{path} is missing: run `python -m contact_events.publish` and commit it")
        elif there.read_bytes() != content:
            sentences.append(f"{path} differs from the code: run `python -m contact_events.publish` and commit it")
    return sentences


def write(folder: Path) -> list[str]:
    """Writes the published files that differ, and returns their paths."""
    written = []
    for path, content in published(folder).items():
        there = folder / path
        if not there.exists() or there.read_bytes() != content:
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(content)
            written.append(path)
    return written


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Returns the exit code: 1 when something differs, or when a released file was changed."""
    parser = argparse.ArgumentParser(prog="python -m contact_events.publish", description=__doc__)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--check", action="store_true", help="write nothing; exit 1 when a published file is out of date")
    either.add_argument("--release", action="store_true", help="freeze the schemas and examples that are not released yet")
    chosen = parser.parse_args(arguments)
    if chosen.check:
        return _tell(differences(folder))
    if chosen.release:
        if unready := differences(folder):
            return _tell(unready)
        sys.stdout.write("".join(f"released {path}\n" for path in release(folder)) or "nothing new to release\n")
        return 0
    if changed := changed_since_release(folder):
        return _tell(changed)
    sys.stdout.write("".join(f"wrote {path}\n" for path in write(folder)) or "everything is up to date\n")
    return 0


def _tell(sentences: list[str]) -> int:
    sys.stderr.write("".join(f"{sentence}\n" for sentence in sentences))
    return 1 if sentences else 0


if __name__ == "__main__":
    sys.exit(main())
