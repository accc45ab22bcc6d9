"""One person at a screen: signs in, presses keys that are counted, and hears of every fault that the browser hears of."""

import re
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page, ViewportSize, expect
from stdnum.nl import bsn

from running_town import RunningTown

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1366, "height": 900},
    "tablet": {"width": 820, "height": 1180},
    "phone": {"width": 320, "height": 800},
}
MOST_TABS = 60
# WCAG 2.0 to 2.2, levels A and AA, and what the makers of axe call good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Screen:
    """A window of a browser that keeps nothing of an earlier one."""

    def __init__(self, browser: Browser, town: RunningTown, shots: Path, *, scripts: bool = True) -> None:
        self.town = town
        self.presses = 0
        self.faults: list[str] = []
        self._shots = shots
        self._context = browser.new_context(viewport=SIZES["desktop"], locale="nl-NL", java_script_enabled=scripts)
        self.page: Page = self._context.new_page()
        self.page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)
        self.page.on("request", lambda asked: self._must_name_nobody(asked.url))
        self.page.on("pageerror", lambda fault: self.faults.append(str(fault)))

    def sign_in(self, service: str, persona: str, back_to: str = "/") -> None:
        """Signs in with one click, as the start page does."""
        self.page.goto(f"{self.town.stack.url_of(service)}/aanmelden?wie=local-{persona}&terug={back_to}")
        self._await_focus()

    def go(self, service: str, path: str) -> None:
        self.page.goto(f"{self.town.stack.url_of(service)}{path}")

    def press(self, *keys: str) -> None:
        """Presses keys; each counts."""
        for key in keys:
            self.presses += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Types what somebody has to say; that does not count as pressing keys."""
        self.page.keyboard.type(text)

    def tab_to(self, field: str) -> None:
        """Presses Tab until a field has the focus."""
        for _ in range(MOST_TABS):
            if self.page.evaluate("document.activeElement.id") == field:
                return
            self.press("Tab")
        raise AssertionError(f"{MOST_TABS} times Tab does not lead to {field}")

    def type_date(self, day: date) -> None:
        """Types a date, as the browser has it in the United States, the language that every build of it has."""
        self.type(f"{day:%m%d%Y}")

    def type_clock(self, clock: time) -> None:
        """Types a time of the day, in the same way."""
        self.type(f"{clock:%I%M%p}")

    def choose_purpose(self, words: str) -> None:
        """Chooses why to look, on the first page of the desk: by the first words of the purpose, from where the cursor is."""
        self.press("Shift+Tab")
        self.type(words)
        self.press("Tab")

    def find(self, sought: str) -> None:
        """Looks somebody up, from where the cursor is."""
        self.type(sought)
        self.press("Enter")

    def open_at_desk(self, bsn: str) -> None:
        """Signs in as an agent and opens somebody, with the keyboard alone; the keys of the contact are counted from here."""
        self.sign_in("desk", "agent")
        self.find(bsn)
        self.page.locator("[data-live]").wait_for()
        self._await_focus()
        self.presses = 0

    def reads(self, text: str, *, seconds: float = 10) -> None:
        """Waits until a text can be read."""
        self.page.get_by_text(text).first.wait_for(timeout=seconds * 1000)

    def keep(self, name: str) -> None:
        """Keeps a picture of the page as it is."""
        self._shots.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=self._shots / f"{name}.png", full_page=True)

    def look(self, name: str) -> None:
        """Looks at the page in three sizes: it must be usable by everybody, and scroll in one direction only (WCAG 1.4.10)."""
        for size, viewport in SIZES.items():
            self.page.set_viewport_size(viewport)
            self.keep(f"{name}-{size}")
            width = self.page.evaluate("document.documentElement.scrollWidth")
            assert width <= viewport["width"], f"{name} is {width} wide on a {size} of {viewport['width']}"
        self.page.set_viewport_size(SIZES["desktop"])
        self._must_name_nobody(self.page.title())
        found = violations(Axe().run(self.page, options={"runOnly": RULES}).response)
        assert found == [], "\n".join(found)

    def _await_focus(self) -> None:
        """Waits until the field is ready where a page puts the cursor: a browser does that a moment after it loaded."""
        fields = self.page.locator("[autofocus]")
        if fields.count():
            expect(fields.first).to_be_focused()

    def _must_name_nobody(self, text: str) -> None:
        """Keeps a fault where an address or a title holds a BSN or a phone number: both end up in histories and logs."""
        for number in re.findall(r"(?<!\d)\d{9,10}(?!\d)", text):
            if bsn.is_valid(number) or number.startswith("06"):
                self.faults.append(f"a BSN or a phone number stands in {text}")

    def close(self) -> None:
        """Ends, and fails where the browser heard of a fault."""
        self._context.close()
        assert not self.faults, "\n".join(self.faults)


def violations(response: dict[str, Any]) -> list[str]:
    """Returns what axe found, each with where it stands."""
    found: Sequence[dict[str, Any]] = response["violations"]
    return [f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
