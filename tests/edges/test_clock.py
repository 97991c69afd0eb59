"""The monotonic clock, and the length of a wait."""

from nbship.edges import clock


def test_a_wait_takes_its_time() -> None:
    began = clock.seconds()
    clock.wait(0.05)
    assert 0.05 <= clock.seconds() - began < 30
