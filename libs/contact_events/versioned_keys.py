"""Secrets with a version, as a setting writes them: a new key is put beside the old one, and the newest writes."""


def versioned_keys(text: str, name: str) -> dict[int, bytes]:
    """Reads `1:<hexadecimal>[,2:<hexadecimal>]`; `name` is what people call one of these keys.

    Raises ValueError with a sentence that does not repeat the secret. How long a key must be is for its user to check.
    """
    keys: dict[int, bytes] = {}
    for part in text.strip().split(","):
        version, _, digits = part.partition(":")
        if not version.strip().isdecimal():
            raise ValueError(f"write a {name} as 1:<64 hexadecimal digits>, and several separated by commas")
        try:
            key = bytes.fromhex(digits.strip())
        except ValueError:
            raise ValueError(f"a {name} has only hexadecimal digits after its version") from None
        if int(version) in keys:
            raise ValueError(f"each version of a {name} may be given once")
        keys[int(version)] = key
    return keys
