"""The id of a local cluster is one that Kafka's storage tool takes."""

from ops.broker.cluster import random_id


def test_an_id_that_looks_like_an_option_is_drawn_again() -> None:
    drawn = iter([b"\xf8" + bytes(15), b"\xfb" * 16, b"\x01" * 16])
    assert random_id(lambda: next(drawn)) == "AQEBAQEBAQEBAQEBAQEBAQ"
