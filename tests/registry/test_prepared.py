"""A query whose SQL is kept gives the rows that the query itself gives."""

import datetime
import uuid

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from lookups.carriers.models import Carrier
from lookups.prepared import Prepared, PreparedInsert
from lookups.registry.models import Registration
from tests.cast import WEIS_NUMBER
from tests.registry.conftest import mei, row, take_in

pytestmark = pytest.mark.django_db


@Prepared
def of_subjects(*subjects: uuid.UUID) -> QuerySet[Registration]:
    return Registration.objects.of(subjects).filter(status="active").order_by("number_index")


def test_for_one_value_and_for_several(northern: Carrier) -> None:
    take_in(northern, [row(), mei(), row(phone_number="+8613812340001", status="ended", ended_on="2026-11-10")])
    (wei,) = of_subjects(Registration.objects.get(status="ended").subject)
    assert (wei, wei.number) == (Registration.objects.get(subject=wei.subject, status="active"), WEIS_NUMBER)
    both = set(Registration.objects.filter(status="active").values_list("subject", flat=True))
    for _again in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert len(of_subjects(*both)) == 2
        assert len(queries) == 1
    assert of_subjects(uuid.uuid4()) == []


def test_a_value_that_does_not_stand_in_the_query_is_a_mistake() -> None:
    @Prepared
    def ignores(_subject: uuid.UUID) -> QuerySet[Registration]:
        return Registration.objects.filter(activated_on=datetime.date(2026, 1, 1))

    with pytest.raises(TypeError, match="ignores"):
        ignores(uuid.uuid4())


def test_postgresql_plans_it_once(northern: Carrier) -> None:
    take_in(northern, [row()])
    for _call in range(8):
        of_subjects(uuid.uuid4())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%status%%ORDER BY%%'"
        )
        ((generic, custom),) = cursor.fetchall()
    assert (generic >= 8, custom) == (True, 0)


def test_an_inserted_row_is_the_row_that_was_given() -> None:
    carrier = Carrier(code="eastern", name="Eastern Mobile")
    PreparedInsert(Carrier)(carrier)
    found = Carrier.objects.get()
    fields = [field.attname for field in Carrier._meta.concrete_fields]
    assert [getattr(found, name) for name in fields] == [getattr(carrier, name) for name in fields]


def test_a_text_may_be_what_is_looked_for() -> None:
    @Prepared
    def by_code(code: str) -> QuerySet[Carrier]:
        return Carrier.objects.filter(code=code)

    PreparedInsert(Carrier)(Carrier(code="eastern", name="Eastern Mobile"))
    assert [carrier.name for carrier in by_code("eastern")] == ["Eastern Mobile"]
    assert by_code("eastern' OR '1'='1") == []
