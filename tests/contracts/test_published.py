"""What is published is what the code says, and what was released stays."""

import json
import shutil
from pathlib import Path

import pytest

from contact_events.envelope import EVENT_CLASSES, EventData
from contact_events.interactions import InteractionRecorded
from contact_events.personal_data import personal_fields
from contact_events.publish.__main__ import differences, main
from contact_events.publish.released import changed_since_release, frozen_files, hashes_released
from contact_events.publish.revisions import revisions
from contact_events.publish.schemas import Schema, schema_bytes, schema_of
from contracts.old_readers import FOLDER, kept_examples, objections

SCHEMA = "schemas/interaction.recorded.v1.json"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of everything published, to plant faults in."""
    return shutil.copytree(FOLDER, tmp_path / "contact_events", ignore=shutil.ignore_patterns("*.py", "__pycache__"))


def test_what_is_published_is_what_the_code_says() -> None:
    assert differences(FOLDER) == []


def test_what_was_released_never_changes() -> None:
    assert changed_since_release(FOLDER) == []


def test_everything_kept_is_released() -> None:
    unreleased = sorted(set(frozen_files(FOLDER)) - set(hashes_released(FOLDER)))

    assert unreleased == [], "run `python -m contact_events.publish --release` when these are ready for others"


@pytest.mark.parametrize(("event_class", "path"), list(kept_examples()), ids=lambda value: getattr(value, "stem", None))
def test_every_example_is_valid_by_the_schema_of_today(event_class: type[EventData], path: Path) -> None:
    assert objections(schema_of(event_class), json.loads(path.read_bytes())) == []


@pytest.mark.parametrize("event_class", EVENT_CLASSES)
def test_the_schema_marks_every_personal_field(event_class: type[EventData]) -> None:
    text = json.dumps(schema_of(event_class))

    assert all(f'"x-personal-data": "{protection}"' in text for protection in personal_fields(event_class).values())
    assert f'"$id": "urn:plein:schema:{event_class.event_type.removeprefix("nl.plein.")}"' in text


def test_a_changed_released_schema_is_told_with_what_to_do(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / SCHEMA).write_text((copy / SCHEMA).read_text().replace('"maxLength": 80', '"maxLength": 90', 1))

    code = main(["--check"], copy)

    assert code == 1
    assert f"{SCHEMA} is released and was changed: take it from the last commit again" in capsys.readouterr().err
    assert main([], copy) == 1
    assert main(["--release"], copy) == 1


def test_a_released_example_that_is_gone_is_told(copy: Path) -> None:
    (copy / "examples/interaction.recorded.v1/full.json").unlink()

    sentences = changed_since_release(copy)

    assert len(sentences) == 1
    assert "full.json is released and is gone" in sentences[0]


@pytest.mark.parametrize("path", ["FLOW.md", "asyncapi.yaml"])
def test_a_published_file_that_is_out_of_date_is_told_and_written_again(
    copy: Path, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / path).write_text("changed by hand")

    code = main(["--check"], copy)

    assert code == 1
    assert f"{path} differs from the code: run `python -m contact_events.publish` and commit it" in capsys.readouterr().err
    assert main([], copy) == 0
    assert (copy / path).read_bytes() == (FOLDER / path).read_bytes()


def test_a_schema_that_is_missing_and_unreleased_is_written(copy: Path) -> None:
    with_first_schema(copy, schema_of(InteractionRecorded))
    (copy / "RELEASED").write_text("")
    (copy / SCHEMA).unlink()

    assert main(["--check"], copy) == 1
    assert main([], copy) == 0
    assert json.loads((copy / SCHEMA).read_bytes()) == schema_of(InteractionRecorded)


def test_a_release_adds_what_is_new_and_nothing_else(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = hashes_released(copy)
    kept = copy / "examples/interaction.recorded.v1"
    shutil.copy(kept / "full.json", kept / "late-note.json")
    assert main([], copy) == 0

    code = main(["--release"], copy)

    assert code == 0
    assert "released examples/interaction.recorded.v1/late-note.json" in capsys.readouterr().out
    assert hashes_released(copy).items() > before.items()
    assert main(["--release"], copy) == 0
    assert "nothing new to release" in capsys.readouterr().out


def test_a_field_that_was_added_makes_a_revision_beside_the_released_schema(copy: Path) -> None:
    """Played backwards: an older schema was released, without `heading`."""
    released = schema_of(InteractionRecorded)
    del released["definitions"]["InteractionRecorded"]["properties"]["heading"]
    with_first_schema(copy, released)

    assert main(["--check"], copy) == 1
    assert main([], copy) == 0

    revision = json.loads((copy / "schemas/interaction.recorded.v1.2.json").read_bytes())
    assert revision["$id"] == "urn:plein:schema:interaction.recorded.v1.2"
    assert "heading" in revision["definitions"]["InteractionRecorded"]["properties"]
    assert json.loads((copy / SCHEMA).read_bytes()) == released
    assert "./schemas/interaction.recorded.v1.2.json" in (copy / "asyncapi.yaml").read_text()


def test_a_word_in_a_docstring_makes_no_revision(copy: Path) -> None:
    with_first_schema(copy, schema_of(InteractionRecorded) | {"description": "An older sentence."})
    main([], copy)

    assert [path.name for path in revisions(copy, InteractionRecorded)] == ["interaction.recorded.v1.json"]
    assert main(["--check"], copy) == 0


def test_a_register_that_was_damaged_is_refused(copy: Path) -> None:
    (copy / "RELEASED").write_text("not a hash\n")

    with pytest.raises(ValueError, match="take it from the last commit again"):
        hashes_released(copy)


def with_first_schema(folder: Path, schema: Schema) -> None:
    """Plays a folder in which an event had this schema released, and no other."""
    for path in revisions(folder, InteractionRecorded):
        path.unlink()
    (folder / SCHEMA).write_bytes(schema_bytes(schema))
    register = "".join(f"{digest}  {path}\n" for path, digest in frozen_files(folder).items())
    (folder / "RELEASED").write_text(register)
