"""The identity of a new Kafka cluster, as Kafka writes it: 16 bytes in 22 letters."""

import base64
import secrets


def new_cluster_id(drawn: bytes | None = None) -> str:
    """Returns one that no command line takes for an option: a first bit of 0 keeps a dash from being the first letter."""
    first, *rest = drawn or secrets.token_bytes(16)
    return base64.urlsafe_b64encode(bytes([first & 0x7F, *rest])).decode().rstrip("=")
