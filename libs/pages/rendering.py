"""A template becomes a page: escaped by itself, in the language of the request, under a strict content security policy."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pages import moments
from pages.static_files import StaticFiles
from pages.texts import LANGUAGES, Texts, language
from pages.theme import class_of_theme

HERE = Path(__file__).parent


class Rendering:
    """Makes the pages of one service. Its own templates are named plainly, those of this package `pages/…`."""

    def __init__(self, package: Path, *, theme: Path, municipality: str, issuer: str, shown: Mapping[str, Any]) -> None:
        """`shown` is what every template of this service may use besides. Raises ValueError where `theme` is not whole."""
        look = class_of_theme(theme)
        self.texts = Texts((HERE / "texts", package / "texts"))
        self.static = StaticFiles((theme, HERE / "static", package / "static"))
        self._environment = templates_of(package, self.texts)
        self._environment.globals.update(
            static=self.static.address, languages=LANGUAGES, municipality=municipality, theme_class=look, **shown
        )
        # A form of ours says where it comes from; nobody else hears it.
        self._headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": _policy(issuer),
            "Referrer-Policy": "same-origin",
        }

    def text(self, template: str, **shown: Any) -> str:
        """Returns a part of a page, such as what is sent live."""
        now = datetime.now(UTC)
        return self._environment.get_template(template).render(
            **{
                "language": language(),
                "now": now,
                "day": lambda value: moments.day(value, now),
                "ago": lambda value: moments.ago(value, now),
                "lasted": moments.lasted,
                **shown,
            }
        )

    def page(
        self, request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None, **shown: Any
    ) -> HTMLResponse:
        """Returns a page. It is kept nowhere: not by a proxy, and not by a browser on a computer that others use."""
        session = getattr(request.state, "session", None)
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        body = self.text(template, session=session, path=request.url.path, here=here, **shown)
        return HTMLResponse(body, status, {**self._headers, **(headers or {})})


def templates_of(package: Path, texts: Texts) -> Environment:
    """Returns the templates of a service, and those of this package under `pages/…`, with everything that is made of values."""
    environment = Environment(
        loader=ChoiceLoader(
            [FileSystemLoader(package / "templates"), PrefixLoader({"pages": FileSystemLoader(HERE / "templates")})]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # of the i18n extension
        texts.one, texts.many, newstyle=True
    )
    environment.filters.update(
        short_day=moments.short_day,
        clock=moments.clock,
        moment=moments.moment,
        month=moments.month,
        machine=moments.machine,
        paragraphs=paragraphs,
        sentence=sentence,
    )
    return environment


def paragraphs(text: str) -> Markup:
    """Returns what a person typed with its white lines and line ends kept, and nothing else of it taken for markup."""
    blocks = [block for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    return Markup("").join(
        Markup('<p class="utrecht-paragraph">{}</p>').format(
            Markup("<br>").join(escape(line) for line in block.strip().split("\n"))
        )
        for block in blocks
    )


def sentence(text: str) -> str:
    """Returns a text with a capital first, and the rest of it, such as a name, as it was."""
    return text[:1].upper() + text[1:]


def _policy(issuer: str) -> str:
    """Nothing from elsewhere, nothing inline. A form that signs out is led on to the issuer, so it may go there too."""
    address = urlsplit(issuer)
    kinds: Iterable[tuple[str, str]] = (
        ("default-src", "'none'"),
        ("script-src", "'self'"),
        ("style-src", "'self'"),
        # The components draw ticks and arrows by addresses that hold the picture themselves.
        ("img-src", "'self' data:"),
        ("font-src", "'self'"),
        ("connect-src", "'self'"),
        ("form-action", f"'self' {address.scheme}://{address.netloc}"),
        ("frame-ancestors", "'none'"),
        ("base-uri", "'none'"),
    )
    return "; ".join(f"{kind} {sources}" for kind, sources in kinds)
