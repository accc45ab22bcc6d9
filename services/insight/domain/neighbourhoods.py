"""How neighbourhoods are called: the municipality owns the file; a code that it does not name is shown as it is."""

import tomllib
from collections.abc import Mapping


def neighbourhoods_from_toml(text: str) -> Mapping[str, str]:
    """Reads `CODE = "name"`. Raises ValueError with a sentence that says what to mend."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise ValueError(f"the neighbourhoods file is not TOML: {fault}") from None
    for code, name in found.items():
        if not isinstance(name, str) or not name:
            raise ValueError(f"the neighbourhood `{code}` needs a name")
    return found
