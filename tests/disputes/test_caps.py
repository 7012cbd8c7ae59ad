"""Disputing cannot be used against somebody or the carriers: caps a day, and a pause about the same number (S22)."""

import dataclasses
import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from lookups.carriers.models import Carrier
from lookups.disputes import filing, services
from lookups.disputes.models import Dispute, Draft
from lookups.disputes.states import State
from lookups.identity.models import Account
from lookups.jurisdictions import rules
from lookups.jurisdictions.model import Caps
from lookups.registry.models import Registration
from tests.cast import make_registration, sign_in
from tests.disputes.filing_pages import answer, fill_in, page_of, send, version_of
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    country = dataclasses.replace(rules.current(), caps=Caps(filed_in_a_day=2))
    monkeypatch.setattr(rules, "current", lambda: country)


@pytest.fixture
def lines(wei: Account, northern: Carrier) -> list[Registration]:
    return [make_registration(wei, northern, f"+861381234447{n}") for n in range(4)]


@pytest.mark.usefixtures("two_a_day")
def test_no_more_than_a_days_worth_can_be_chosen(as_wei: Client, lines: list[Registration]) -> None:
    """S22"""
    answer(as_wei, lines[0], reason="cancel")
    too_many = as_wei.post(page_of(lines[0], "others"), {"others": [str(line.pk) for line in lines[1:]]})
    assert "You can choose 1 more today." in words(too_many)
    fill_in(as_wei, lines[0], "cancel", others=[str(lines[1].pk)])
    send(as_wei, lines[0])
    assert Dispute.objects.count() == 2


@pytest.mark.usefixtures("two_a_day")
def test_then_it_is_said_and_nothing_typed_is_lost(
    as_wei: Client, wei: Account, lines: list[Registration], file
) -> None:
    """S22"""
    fill_in(as_wei, lines[0], statement="Kept until tomorrow.")
    version = version_of(as_wei, lines[0])
    for line in lines[1:3]:
        file(line, wei)
    for refused in (
        as_wei.post(page_of(lines[0], "review"), {"version": version}, follow=True),
        as_wei.get(page_of(lines[3]), follow=True),
    ):
        assert "as many numbers as one person can in a day" in words(refused)
    assert Dispute.objects.count() == 2
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=23), tick=False):
        sign_in(as_wei, wei)
        assert as_wei.get(page_of(lines[0])).status_code == 302
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=24, minutes=-1), tick=False):
        Dispute.objects.update(filed_at=timezone.now() - datetime.timedelta(days=1))
        assert "Kept until tomorrow." in words(sign_in(as_wei, wei).get(page_of(lines[0], "statement")))


@pytest.mark.usefixtures("two_a_day")
def test_taking_it_back_does_not_give_another_try(wei: Account, lines: list[Registration], file) -> None:
    """S22"""
    for line in lines[:2]:
        services.cancel(file(line, wei, undo=60), account=wei)
    assert filing.left_today(wei) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("two_a_day")
def test_not_by_many_windows_at_once_either(as_wei: Client, wei: Account, lines: list[Registration]) -> None:
    """S22"""
    for line in lines:
        fill_in(as_wei, line)
    versions = {draft.registration_id: draft.saved_at.isoformat() for draft in Draft.objects.all()}

    def send_it(line: Registration) -> int:
        try:
            return len(filing.send(line, wei, version=versions[line.pk]))
        except filing.TooMany:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(send_it, lines)) == 2
    assert Dispute.objects.count() == 2
    assert Draft.objects.count() == 2, "the others are kept"


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.CLOSED])
def test_a_number_whose_dispute_just_ended_waits_a_day(
    as_wei: Client, wei: Account, weis_line: Registration, file, state: State
) -> None:
    """S22"""
    dispute = file(weis_line, wei)
    Dispute.objects.update(state=state)
    dispute.steps.update(after=state)
    refused = as_wei.get(page_of(weis_line), follow=True)
    assert "has only just ended" in words(refused)
    with time_machine.travel(timezone.now() + datetime.timedelta(hours=25), tick=False):
        assert sign_in(as_wei, wei).get(page_of(weis_line)).status_code == 200


def test_it_is_not_offered_among_several_either(as_wei: Client, wei: Account, lines: list[Registration], file) -> None:
    """S22"""
    file(lines[1], wei)
    Dispute.objects.update(state=State.WITHDRAWN)
    Dispute.objects.get().steps.update(after=State.WITHDRAWN)
    fill_in(as_wei, lines[0], others=[str(lines[2].pk)])
    shown = as_wei.get(page_of(lines[0], "others")).content.decode()
    assert str(lines[2].pk) in shown
    assert f'value="{lines[1].pk}"' not in shown
