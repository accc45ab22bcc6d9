"""Files that do not change while a process runs: under an address with their digest, kept by browsers for a year."""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from service_runtime.problems import problem_of

ADDRESS = "/bestanden"
SERVED = frozenset({".css", ".js", ".svg", ".woff2", ".png", ".ico"})
_FOR_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _File:
    kind: str
    plain: bytes
    small: bytes


class StaticFiles:
    """The files of some folders, read once, under one digest of them all, so that modules find each other by their names.

    A later folder replaces what an earlier one has under the same name.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._files: dict[str, _File] = {}
        together = hashlib.sha256()
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.suffix in SERVED:
                    name, plain = path.relative_to(folder).as_posix(), path.read_bytes()
                    self._files[name] = _file(name, plain)
                    together.update(name.encode() + b"\0" + hashlib.sha256(plain).digest())
        self._version = together.hexdigest()[:16]

    def address(self, name: str) -> str:
        """Returns the address of a file. Raises KeyError for one that is not there: no page may name it."""
        if name not in self._files:
            raise KeyError(name)
        return f"{ADDRESS}/{self._version}/{name}"

    def content(self, name: str) -> bytes | None:
        """Returns what is in a file; None for one that is not there."""
        found = self._files.get(name)
        return found.plain if found else None

    async def serve(self, request: Request) -> Response:
        """Answers with a file. Another version has another address, so an old one is gone, not found under a new name."""
        found = self._files.get(request.path_params["name"])
        if found is None or request.path_params["version"] != self._version:
            raise problem_of(404)
        headers = {"Cache-Control": _FOR_A_YEAR, "Vary": "Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(found.small, headers=headers | {"Content-Encoding": "gzip"}, media_type=found.kind)
        return Response(found.plain, headers=headers, media_type=found.kind)


def _file(name: str, plain: bytes) -> _File:
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0] or "application/octet-stream"
    return _File(kind, plain, gzip.compress(plain, 6, mtime=0))
