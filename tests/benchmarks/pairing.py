"""Product and peer in turn, A B A B, so that what the machine does in between hits both."""

from collections.abc import Callable

from benchmarks.figures import Run
from benchmarks.stage import Stage


def pairs_of(stage: Stage, product: Callable[[], Run], peer: Callable[[], Run], pairs: int) -> list[tuple[Run, Run]]:
    """Runs both that many times, and tells each run as it ends."""
    return [(told(stage, product()), told(stage, peer())) for _ in range(pairs)]


def told(stage: Stage, run: Run) -> Run:
    """Says what a run came to, and returns it."""
    used = ", ".join(f"{process} {seconds:.3f}" for process, seconds in run.cpu.items())
    words = "; ".join(run.faults) or f"{run.rate:,.0f}/s"
    stage.tell(f"  {run.who}: {words}" + (f" (CPU-s per 1,000: {used})" if used else ""))
    return run
