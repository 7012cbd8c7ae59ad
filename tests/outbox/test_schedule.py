"""The schedule: about three days with jitter, then a person."""

from lookups.outbox import schedule


def test_it_takes_about_three_days() -> None:
    pauses = [schedule.delay(attempt) for attempt in range(1, 10)]
    assert all(pause is not None for pause in pauses)
    days = sum(pause or 0 for pause in pauses) / 86400
    assert 2.5 < days < 4


def test_it_ends() -> None:
    assert schedule.delay(10) is None


def test_a_wish_to_wait_is_bounded() -> None:
    assert schedule.delay(1, retry_after=10**9) == 86400
