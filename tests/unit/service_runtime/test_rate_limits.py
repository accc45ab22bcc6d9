"""A token bucket per caller."""

from service_runtime.rate_limits import RateLimits


def limits(clock: list[float], **changes: int) -> RateLimits:
    return RateLimits(2, 4, now=lambda: clock[0], **changes)


def test_a_burst_is_let_through_and_then_the_wait_is_named() -> None:
    bucket = limits([0.0])

    waits = [bucket.take("a") for _ in range(6)]

    assert waits == [0, 0, 0, 0, 1, 1]


def test_a_bucket_fills_again_with_time_and_never_above_the_burst() -> None:
    clock = [0.0]
    bucket = limits(clock)
    for _ in range(5):
        bucket.take("a")

    clock[0] = 0.5
    after_half_a_second = [bucket.take("a") for _ in range(2)]
    clock[0] = 1000.0
    after_a_long_time = [bucket.take("a") for _ in range(5)]

    assert after_half_a_second == [0, 1]
    assert after_a_long_time == [0, 0, 0, 0, 1]


def test_one_caller_does_not_use_up_the_bucket_of_another() -> None:
    bucket = limits([0.0])
    for _ in range(9):
        bucket.take("a")

    assert bucket.take("b") == 0


def test_the_wait_named_is_long_enough() -> None:
    clock = [0.0]
    slow = RateLimits(0.1, 1, now=lambda: clock[0])
    slow.take("a")

    wait = slow.take("a")
    clock[0] = float(wait)

    assert wait == 10
    assert slow.take("a") == 0


def test_the_buckets_are_bounded_and_the_caller_seen_longest_ago_is_forgotten() -> None:
    bucket = limits([0.0], most_keys=2)
    for _ in range(5):
        bucket.take("a")
    bucket.take("b")
    bucket.take("a")

    bucket.take("c")

    assert len(bucket._buckets) == 2
    assert bucket.take("a") == 1
