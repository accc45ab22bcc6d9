"""A template with a slip in it is found here, and not by the first visitor who opens its page."""

from pathlib import Path

import pytest

from pages.catalogues import packages
from pages.rendering import templates_of
from pages.texts import Texts

ROOT = Path(__file__).parents[3]
TEMPLATES = [template for package in packages(ROOT) for template in sorted((package / "templates").rglob("*.html"))]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: f"{path.parents[1].name}/{path.name}")
def test_a_template_compiles(template: Path) -> None:
    templates_of(template.parents[1], Texts(())).get_template(template.name)


def test_no_template_holds_a_style_or_a_script() -> None:
    """The content security policy would refuse it, and only a browser would tell."""
    inline = ("<style", "style=", "onclick=", "javascript:")
    offenders = [path.name for path in TEMPLATES if any(what in path.read_text("utf-8") for what in inline)]

    assert offenders == []
    assert len(TEMPLATES) > 30
