"""The operator's own list of erasures, kept apart from backups: what is said again after an older backup is restored.

A line is the answer of the timeline as it stands: references, a moment and a case; nothing that identifies somebody by itself.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plein.local.ports import CannotStart

_SAID_AGAIN = ("case", "references", "erasedAt")


def add_line(register: Path, answer: Mapping[str, Any]) -> None:
    """Adds an erasure durably. Raises CannotStart."""
    with _opened(register) as file:
        file.write(json.dumps(answer) + "\n")
        file.flush()
        os.fsync(file.fileno())


def must_be_writable(register: Path) -> None:
    """Raises CannotStart when an erasure could not be added."""
    _opened(register).close()


def lines_of(register: Path) -> list[dict[str, Any]]:
    """Returns every erasure as it is said again, oldest first. Raises CannotStart."""
    try:
        lines = [json.loads(line) for line in register.read_text("utf-8").splitlines() if line.strip()]
        return [{name: line[name] for name in _SAID_AGAIN} for line in lines]
    except OSError:
        raise CannotStart(f"{register} cannot be read: name the register that `plein erase` kept.") from None
    except (ValueError, KeyError, TypeError):
        raise CannotStart(f"{register} is no register of erasures: each line of one is what `plein erase` kept.") from None


def _opened(register: Path) -> Any:
    try:
        return os.fdopen(os.open(register, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8")
    except OSError as fault:
        raise CannotStart(
            f"The register {register} cannot be written ({fault.strerror}): name one with --register. Nothing was erased."
        ) from None
