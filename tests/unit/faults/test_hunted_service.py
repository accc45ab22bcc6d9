"""The hunt strikes between the steps of services as they are: when a step moves, this says so, and not a night of hunting."""

import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]


@pytest.mark.parametrize("wrap", ["wrap_timeline", "wrap_adapter"])
def test_the_steps_that_are_struck_are_where_the_hunt_looks_for_them(wrap: str, tmp_path: Path) -> None:
    """In a process of its own, because it puts faulty edges in the place of the real ones."""
    wrapping = (
        "import sys; from pathlib import Path\n"
        "from faults.fault_steps import ArmedFault\n"
        "from faults.hunt import hunted_service\n"
        f"hunted_service.{wrap}(ArmedFault(Path(sys.argv[1])))\n"
    )

    child = subprocess.run(
        [sys.executable, "-c", wrapping, str(tmp_path / "armed")],
        cwd=TESTS, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert child.returncode == 0, child.stderr
