"""How the trial of a rule comes out."""

from dataclasses import dataclass


class NotAnAdapter(Exception):
    """There is no adapter at this address that can be checked. The message says what was missed."""


class Unmet(Exception):
    """The adapter does not keep the rule. The message says what came instead of what."""


class NotChecked(Exception):
    """The rule could not be tried. The message says what it needs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one rule came out: passed, failed, or (None) not checked."""

    rule: str
    passed: bool | None
    detail: str = ""

    @property
    def line(self) -> str:
        """Returns the line people read."""
        mark = {True: "pass", False: "FAIL", None: "skip"}[self.passed]
        return f"{mark}  {self.rule}" + (f": {self.detail}" if self.detail else "")


def expect(*, that: bool, otherwise: str) -> None:
    """Raises Unmet with the sentence unless the claim holds."""
    if not that:
        raise Unmet(otherwise)
