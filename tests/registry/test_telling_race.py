"""Two workers tell of one feed at once: each person hears of it once (D8)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from lookups.carriers.models import Carrier
from lookups.notices.models import Notice
from lookups.registry import announcing
from lookups.registry.models import FeedReading, Told
from tests.cast import make_citizen, valid_id
from tests.registry.conftest import row, take_in

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 12


@pytest.mark.parametrize("batch", [1, 5])
def test_each_person_hears_once(northern: Carrier, monkeypatch: pytest.MonkeyPatch, batch: int) -> None:
    ids = [valid_id(f"11010518950218{serial:03d}0") for serial in range(100, 100 + PEOPLE)]
    accounts = [make_citizen(("CN-RIC", each)) for each in ids]
    take_in(northern, [row()])
    take_in(northern, [row(id_number=each, phone_number=f"+861381234{n:04d}") for n, each in enumerate(ids)], "delta")
    monkeypatch.setattr(announcing, "BATCH", batch)
    gate = threading.Barrier(3, timeout=60)

    def worker(_: int) -> int:
        gate.wait()
        try:
            return announcing.announce(seconds=30)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        told = list(pool.map(worker, range(3)))
    assert sum(told) == PEOPLE
    assert sorted(Notice.objects.values_list("account", flat=True)) == sorted(one.pk for one in accounts)
    assert not Told.objects.exists()
    assert FeedReading.objects.filter(reader="notices").count() == 2
