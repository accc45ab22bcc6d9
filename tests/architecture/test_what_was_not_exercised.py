"""A machine that lacks something is told so at the end of a run, in lines nobody overlooks."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_without_a_browser(**environment: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "tests/screens/test_who_is_there.py"]
    return subprocess.run(
        words, cwd=ROOT, env={"PATH": "", **environment}, capture_output=True, text=True, timeout=120, check=False
    )


def test_pages_without_a_browser_are_told_loudly() -> None:
    ran = run_without_a_browser()

    assert ran.returncode == 0
    assert "!!! NOT EXERCISED in a browser !!!" in ran.stdout
    assert "there is no chromium on PATH" in ran.stdout
    assert "tests skipped: " in ran.stdout


def test_a_run_that_requires_a_browser_ends_with_one_sentence() -> None:
    ran = run_without_a_browser(PLEIN_REQUIRE_BROWSER="1")

    assert ran.returncode == 1
    assert "PLEIN_REQUIRE_BROWSER=1, but there is no chromium on PATH" in ran.stdout
