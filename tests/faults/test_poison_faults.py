"""Events that nobody can process: set aside whole, one by one, and never a topic full of them."""

from faults.fault_worker import POISON
from faults.loss_hunt import PARTITIONS, Hunt

NOT_AN_ID = b"this handler raises on me"


async def test_poison_is_parked_whole_and_its_neighbours_become_rows(hunt: Hunt) -> None:
    """Both kinds: the handler says so, and the handler itself fails on it."""
    await hunt.prepare()
    await hunt.publish(1500, values={3: POISON, 700: NOT_AN_ID, 701: POISON, 1499: NOT_AN_ID})

    hunt.start_worker()
    await hunt.everything_arrived()
    await hunt.publish(10)
    await hunt.everything_arrived()

    hunt.assert_each_exactly_once()
    assert sorted(hunt.query("SELECT reason, value FROM hunt.parked")) == [
        ("failed_in_handler", NOT_AN_ID),
        ("failed_in_handler", NOT_AN_ID),
        ("poison", POISON),
        ("poison", POISON),
    ]


async def test_too_much_poison_in_a_row_stops_the_worker_before_it_empties_the_topic(hunt: Hunt) -> None:
    """It ends with a sentence, and however often it is started again no partition parks more than the limit."""
    hunt.max_parked_in_a_row, hunt.most_records = 20, 15
    await hunt.prepare()
    await hunt.publish(800, values=dict.fromkeys(range(100, 800), POISON))

    lives = []
    for _ in range(3):
        lives.append(hunt.start_worker())
        assert await lives[-1].ended() == 1

    assert "could process none of the last 20 events" in lives[0].errors.read_text()
    assert 0 < hunt.count("parked") <= PARTITIONS * 20
