"""`plein erase` says in a sentence what it needs, and takes no citizen from its arguments; its journey is in `tests/journeys`."""

from pathlib import Path

import pytest

from an_operator import Operator

ERASE = ("erase", "--case", "z-2026-00417")


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """Somebody on a machine without a stack, with a token and a list of erasures."""
    return Operator(tmp_path, "postgresql://nobody", PLEIN_TOKEN="t", ERASURE_REGISTER=str(tmp_path / "erasures.jsonl"))


@pytest.mark.parametrize("words", [("erase",), (*ERASE, "--again"), (*ERASE, "--by", "name"), (*ERASE, "--at", "timeline:8110")])
def test_what_is_asked_unclearly_is_a_mistake_in_usage(operator: Operator, words: tuple[str, ...]) -> None:
    code, told = operator.runs(*words)

    assert (code, "Usage: " in told) == (2, True)
    assert not (operator.folder / "erasures.jsonl").exists()


def test_a_citizen_is_not_taken_from_the_arguments(operator: Operator) -> None:
    code, told = operator.runs(*ERASE, "999990342")

    assert (code, "unexpected extra argument" in told) == (2, True)


@pytest.mark.parametrize(("setting", "sentence"), [("PLEIN_TOKEN", "Set PLEIN_TOKEN"), ("ERASURE_REGISTER", "ERASURE_REGISTER")])
def test_what_is_missing_is_named(operator: Operator, setting: str, sentence: str) -> None:
    del operator.settings[setting]

    code, told = operator.runs(*ERASE)

    assert code == 1
    assert sentence in told
    assert "Traceback" not in told


def test_without_a_place_for_the_list_nothing_is_erased(operator: Operator) -> None:
    code, told = operator.runs(*ERASE, "--register", str(operator.folder / "no" / "such" / "folder"), answers="999990342\n")

    assert code == 1
    assert "Nothing was erased" in told


@pytest.mark.parametrize("words", [ERASE, ("erase", "--again")])
def test_a_timeline_that_is_away_is_named(operator: Operator, words: tuple[str, ...]) -> None:
    (operator.folder / "erasures.jsonl").write_text('{"case": "z", "references": ["c1-x"], "erasedAt": "2026-11-01T10:00:00Z"}\n')

    code, told = operator.runs(*words, "--at", "timeline=http://127.0.0.1:1", answers="999990342\n")

    assert code == 1
    assert "The timeline at http://127.0.0.1:1 does not answer" in told


@pytest.mark.parametrize("content", ["niet dit\n", '"een tekst"\n', '{"case": "z"}\n'])
def test_what_is_no_list_of_erasures_is_called_that(operator: Operator, content: str) -> None:
    (operator.folder / "erasures.jsonl").write_text(content)

    code, told = operator.runs("erase", "--again")

    assert code == 1
    assert "is no register of erasures" in told
