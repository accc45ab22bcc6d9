"""What became of the posts, in numbers."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Totals:
    """Counts of submissions, except `events`: how many events the accepted ones promised.

    `posted` counts each submission once, also when a request had to be tried again; `posted` is `accepted + repeated + refused
    + undelivered`. `repeated` was sent again on purpose and got its own first answer, word for word; `answered_otherwise`
    counts those that did not. `tries_again` counts requests that were put off (429), refused for the moment (503) or cut.
    """

    posted: int = 0
    accepted: int = 0
    repeated: int = 0
    refused: int = 0
    undelivered: int = 0
    events: int = 0
    answered_otherwise: int = 0
    tries_again: int = 0
    refusals: dict[str, int] = field(default_factory=dict)

    @property
    def are_right(self) -> bool:
        """Nothing was refused, left undelivered or answered in two ways."""
        return not (self.refused or self.undelivered or self.answered_otherwise)
