"""The peers' own, throw-away environment: made from hashed requirements when it is missing or they changed."""

import subprocess
import sys
from pathlib import Path

from plein.local.ports import CannotStart

REQUIREMENTS = Path(__file__).parents[2] / "deploy" / "requirements" / "bench.txt"
_INSTALL = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r")


def peers_python(folder: Path) -> Path:
    """Returns the Python of the peers' environment in `folder`. Raises CannotStart when it cannot be made."""
    python, installed = folder / "bin" / "python", folder / "installed.txt"
    wanted = REQUIREMENTS.read_text()
    if installed.exists() and installed.read_text() == wanted:
        return python
    for command in ([sys.executable, "-m", "venv", "--clear", str(folder)], [str(python), *_INSTALL, str(REQUIREMENTS)]):
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise CannotStart(f"the peers could not be installed: {made.stderr.strip()[-300:]}")
    installed.write_text(wanted)
    return python
