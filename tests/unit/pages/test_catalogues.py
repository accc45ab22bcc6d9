"""A text without English is told of before anybody reads Dutch in an English page."""

from pathlib import Path

import pytest

from pages.catalogues import faults, written


def package(root: Path, template: str, english: str) -> Path:
    found = root / "services" / "greeter"
    for folder in ("templates", "texts"):
        (found / folder).mkdir(parents=True)
    (found / "templates" / "hello.html").write_text(template, "utf-8")
    (found / "texts" / "en.po").write_text(english, "utf-8")
    (found / "texts" / "en.po").write_bytes(written(found))
    return found


SINGLE = '{{ _("Goedemorgen") }}'
PLURAL = '{{ ngettext("%(num)s brief", "%(num)s brieven", 2) }}'


@pytest.mark.parametrize(
    ("template", "english", "said"),
    [
        (SINGLE, "", "“Goedemorgen”"),
        (SINGLE, 'msgid "Goedemorgen"\nmsgstr ""\n', "“Goedemorgen”"),
        (PLURAL, "", "“%(num)s brief”"),
        (
            PLURAL,
            'msgid "%(num)s brief"\nmsgid_plural "%(num)s brieven"\nmsgstr[0] "%(num)s letter"\nmsgstr[1] ""\n',
            "“%(num)s brief”",
        ),
    ],
    ids=["unknown", "empty", "unknown plural", "half a plural"],
)
def test_a_text_without_english_is_named(tmp_path: Path, template: str, english: str, said: str) -> None:
    package(tmp_path, template, english)

    (fault,) = faults(tmp_path)

    assert fault == f"greeter: hello.html says {said}, which has no English"


def test_what_is_translated_has_no_fault_and_a_template_that_changed_has_one(tmp_path: Path) -> None:
    found = package(tmp_path, SINGLE, 'msgid "Goedemorgen"\nmsgstr "Good morning"\n')
    assert list(faults(tmp_path)) == []

    (found / "templates" / "hello.html").write_text("Dag", "utf-8")

    assert list(faults(tmp_path)) == ["greeter: texts/en.po is not what the templates say; run `make format`"]
