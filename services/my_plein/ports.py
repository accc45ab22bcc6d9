"""What My Plein needs of the world outside it."""

from collections.abc import Collection, Sequence
from typing import Protocol

from my_plein.domain.standing import Kept


class Facts(Protocol):
    """What was said of wishes and mandates. May be asked twice; raises psycopg.OperationalError while the keeper is away."""

    async def of(self, refs: Collection[str]) -> Sequence[Kept]:
        """Returns every fact under these references, in any order."""
        ...
