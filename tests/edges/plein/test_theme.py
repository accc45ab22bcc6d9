"""The look of the pages as npm gives it: checked against its digest, the one file of it that is named, or a sentence."""

import base64
import hashlib
import io
import sys
import tarfile
from pathlib import Path

import pytest

from pages.theme import class_of_theme
from plein.local.ports import CannotStart
from plein.theme import Fetcher, Package, plain_theme, provide_theme, read_theme

CSS = b".a-button { color: green }"


def a_packed_file(name: str = "package/dist/index.css") -> bytes:
    """Returns a package as npm packs it, with one file in it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(CSS)
        archive.addfile(member, io.BytesIO(CSS))
    return packed.getvalue()


def an_npm(folder: Path, packed: bytes) -> Fetcher:
    """An npm that packs these bytes, whatever is asked."""
    script = folder / "npm.py"
    script.write_text(
        "import pathlib, json\n"
        f"pathlib.Path('a-package-1.0.0.tgz').write_bytes({packed!r})\n"
        "print(json.dumps([{'filename': '@a/package-1.0.0.tgz'}]))\n"
    )
    return Fetcher((sys.executable, str(script)))


def wanted(packed: bytes, file: str = "dist/index.css") -> Package:
    digest = base64.b64encode(hashlib.sha512(packed).digest()).decode()
    return Package("@a/package", "1.0.0", f"sha512-{digest}", file)


def test_the_named_file_comes_out_of_the_package_that_is_meant(tmp_path: Path) -> None:
    packed = a_packed_file()

    assert an_npm(tmp_path, packed).file_of(wanted(packed)) == CSS


def test_a_package_that_was_changed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="it was changed"):
        an_npm(tmp_path, a_packed_file()).file_of(wanted(b"something else"))


def test_npm_that_gives_nothing_is_told_in_a_sentence(tmp_path: Path) -> None:
    silent = Fetcher((sys.executable, "-c", "raise SystemExit(1)"))

    with pytest.raises(CannotStart, match=r"npm did not give @a/package 1\.0\.0"):
        silent.file_of(wanted(b""))


def test_a_file_that_is_no_theme_says_what_is_wrong(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('[tokens]\npackage = "a"\n')

    with pytest.raises(CannotStart, match="is no theme"):
        read_theme(mine)


def test_a_plain_look_is_a_whole_theme_and_npm_is_asked_again_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain_theme(tmp_path / "theme")
    asked: list[Package] = []

    def file_of(_: Fetcher, package: Package) -> bytes:
        asked.append(package)
        return CSS

    monkeypatch.setattr(Fetcher, "file_of", file_of)

    assert class_of_theme(tmp_path / "theme") == "plain"
    assert provide_theme(tmp_path / "theme")
    assert len(asked) == 2
    assert class_of_theme(tmp_path / "theme") == "utrecht-theme"
    assert not provide_theme(tmp_path / "theme")
