"""What was released never changes: the file `RELEASED` holds the hash of each released schema and example."""

import hashlib
from pathlib import Path

FILE = "RELEASED"
FROZEN_FOLDERS = ("schemas", "examples")


def hashes_released(folder: Path) -> dict[str, str]:
    """Returns the hash by path of everything that was released. Raises ValueError for a line that is not `hash  path`."""
    register = folder / FILE
    if not register.exists():
        return {}
    found = {}
    for line in register.read_text().splitlines():
        digest, gap, path = line.partition("  ")
        if not gap or len(digest) != 64:
            raise ValueError(f"{FILE} holds a line that is not `hash  path`: take it from the last commit again")
        found[path] = digest
    return found


def frozen_files(folder: Path) -> dict[str, str]:
    """Returns the hash by path of every schema and example that is there now."""
    paths = sorted(path for part in FROZEN_FOLDERS for path in (folder / part).rglob("*.json"))
    return {path.relative_to(folder).as_posix(): _hash(path) for path in paths}


def changed_since_release(folder: Path) -> list[str]:
    """Returns a sentence for each released file that was changed or removed."""
    there = frozen_files(folder)
    sentences = []
    for path, digest in hashes_released(folder).items():
        if path not in there:
            sentences.append(f"{path} is released and is gone: take it from the last commit again; old messages are read by it")
        elif there[path] != digest:
            sentences.append(
                f"{path} is released and was changed: take it from the last commit again. A field that may be absent goes into a "
                f"revision, which `python -m contact_events.publish` writes beside it; anything else is a new major version"
            )
    return sentences


def release(folder: Path) -> list[str]:
    """Adds the schemas and examples that are not released yet, and returns their paths. Raises ValueError for a changed one."""
    if changed := changed_since_release(folder):
        raise ValueError("\n".join(changed))
    released = hashes_released(folder)
    added = {path: digest for path, digest in frozen_files(folder).items() if path not in released}
    register = released | added
    (folder / FILE).write_text("".join(f"{register[path]}  {path}\n" for path in sorted(register)))
    return sorted(added)


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
