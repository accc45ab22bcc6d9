"""How much one caller may ask: a token bucket per key, in this process."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable


class RateLimits:
    """Token buckets. Bounded: the callers seen longest ago are forgotten, which only ever gives them a full bucket."""

    def __init__(
        self, per_second: float, burst: int, *, most_keys: int = 20_000, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._most_keys = most_keys
        self._now = now
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> int:
        """Takes one request from a caller's bucket. Returns 0, or the whole seconds to wait when it is empty."""
        now = self._now()
        left, since = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_second)
        wait = 0 if left >= 1 else math.ceil((1 - left) / self._per_second)
        self._buckets[key] = (left - 1 if left >= 1 else left, now)
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most_keys:
            self._buckets.popitem(last=False)
        return max(wait, 0)
