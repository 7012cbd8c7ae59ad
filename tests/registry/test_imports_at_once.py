"""Two imports of one carrier do not interleave; those of two carriers do not wait for one another."""

import pytest
from django.db import connections

from lookups.carriers.models import Carrier
from lookups.registry.feeds.problems import FeedRefused
from lookups.registry.models import Registration
from tests.registry.conftest import row, take_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_second_is_told_to_come_back(northern: Carrier, western: Carrier) -> None:
    with connections["owner"].cursor() as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"registry.import:{northern.pk}"])
        try:
            with pytest.raises(FeedRefused, match="right now"):
                take_in(northern, [row()])
            assert not Registration.objects.exists()
            assert take_in(western, [row()]).feed.started == 1
        finally:
            other.execute("SELECT pg_advisory_unlock_all()")
    assert take_in(northern, [row()]).feed.started == 1
