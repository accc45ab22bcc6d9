"""A cluster id goes on a command line, where a dash in front would make it an option."""

from plein.cluster_id import new_cluster_id


def test_no_cluster_id_begins_with_a_dash() -> None:
    """Kafka's own tool refuses to format a log under one that does."""
    assert not any(new_cluster_id(bytes([first, *bytes(15)])).startswith("-") for first in range(256))


def test_a_cluster_id_is_as_long_as_kafka_wants_and_new_each_time() -> None:
    drawn = {new_cluster_id() for _ in range(20)}

    assert {len(each) for each in drawn} == {22}
    assert len(drawn) == 20
