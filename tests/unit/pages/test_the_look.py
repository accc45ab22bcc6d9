"""A municipality's own tokens are used when their folder is whole, and a service says at its start what is missing."""

from pathlib import Path

import pytest

from a_theme import a_theme
from pages.rendering import Rendering
from pages.theme import TOKENS, class_of_theme

DESK = Path(__file__).parents[3] / "services/desk"


def test_pages_bear_the_class_of_the_tokens(tmp_path: Path) -> None:
    theme = a_theme(tmp_path / "theme", "voorbeeld-theme")
    rendering = Rendering(DESK, theme=theme, municipality="Voorbeeld", issuer="https://inloggen.example", shown={})

    page = rendering.text("pages/sign_in_failed.html", again="/", session=None, path="/", here="/")

    assert '<body class="voorbeeld-theme ' in page


def test_a_theme_that_is_not_whole_is_refused_with_what_is_missing(tmp_path: Path) -> None:
    theme = a_theme(tmp_path / "theme")
    (theme / TOKENS).unlink()

    with pytest.raises(ValueError, match=r"has no theme\.css"):
        class_of_theme(theme)
    with pytest.raises(ValueError, match=r"has no theme\.json"):
        class_of_theme(tmp_path / "nowhere")
