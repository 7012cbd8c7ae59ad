"""Access records are inserted and never changed, by whoever tries (S18)."""

import uuid

import pytest
from django.db import InternalError, ProgrammingError, connection, connections, transaction

from lookups.audit import services as audit
from lookups.audit.models import AccessRecord
from lookups.carriers.row_security import enter_console

pytestmark = pytest.mark.django_db

CHANGES = [
    "UPDATE audit_accessrecord SET action = 'revealed'",
    "DELETE FROM audit_accessrecord",
    "TRUNCATE audit_accessrecord",
]


@pytest.fixture
def record() -> AccessRecord:
    audit.record([uuid.uuid4()], action="looked_up", actor_kind="citizen")
    return AccessRecord.objects.get()


@pytest.mark.parametrize("change", CHANGES)
def test_the_portals_role_may_not(record: AccessRecord, change: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change)
    assert AccessRecord.objects.get().action == "looked_up"


@pytest.mark.parametrize("change", CHANGES)
def test_the_consoles_role_may_not(record: AccessRecord, change: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        enter_console(None, every_carrier=True)
        cursor.execute(change)
    assert AccessRecord.objects.get().action == "looked_up"


@pytest.mark.parametrize("change", CHANGES[:2])
def test_even_the_owner_is_stopped_by_the_trigger(change: str) -> None:
    owner = connections["owner"]
    with owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_accessrecord (id, subject, at, action, actor_kind, organisation, purpose, about)"
            " VALUES (gen_random_uuid(), gen_random_uuid(), now(), 'looked_up', 'citizen', '', '', '')"
        )
    with (
        pytest.raises((InternalError, ProgrammingError), match="append-only"),
        transaction.atomic(using="owner"),
        owner.cursor() as cursor,
    ):
        cursor.execute(change)
