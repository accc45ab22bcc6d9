"""Pages are tested where they are used: a real browser, real services, real engines."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from engines import EMBEDDED, Engines
from running_town import RunningTown, a_town
from screens.screen import Screen

REQUIRED = "PLEIN_REQUIRE_BROWSER"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="package")
def town(engines: Engines) -> Iterator[RunningTown]:
    """Every service, engine and door, up and ready, on the embedded engines: pages do not know which broker there is."""
    with a_town(engines, EMBEDDED, "pages") as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, where this machine has it."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        why = "there is no chromium on PATH (on Debian: apt-get install chromium)"
        if os.environ.get(REQUIRED) == "1":
            pytest.exit(f"{REQUIRED}=1, but {why}", returncode=1)
        pytest.skip(f"NOT EXERCISED in a browser: {why}")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def screen(browser: Browser, town: RunningTown, request: pytest.FixtureRequest) -> Iterator[Screen]:
    """A browser window of its own, in Dutch; what went wrong in it fails the test."""
    showing = Screen(browser, town, shots_of(request))
    yield showing
    showing.close()


def shots_of(request: pytest.FixtureRequest) -> Path:
    """Returns where the pictures of a test go."""
    return Path("build/shots") / str(request.node.name)
