"""Keys go where every other client sends them."""

from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams.kafka.partitioner import hash_keys


@given(st.lists(st.one_of(st.binary(max_size=9), st.binary(min_size=32, max_size=32))))
def test_a_batch_hashes_as_its_keys_alone(keys: list[bytes]) -> None:
    assert hash_keys(keys) == [murmur2(key) & 0x7FFFFFFF for key in keys]


def test_many_keys_of_one_length_and_a_known_value() -> None:
    keys = [b"%032x" % n for n in range(100)]
    assert hash_keys(keys) == [murmur2(key) & 0x7FFFFFFF for key in keys]
    # From the tests of Kafka's own Utils.murmur2: "foobar" is -790332482.
    assert hash_keys([b"foobar"]) == [-790332482 & 0x7FFFFFFF]
