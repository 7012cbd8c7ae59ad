"""Opening a file costs seconds of work: so many an hour from one person, wherever they sit, and then a wait."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from lookups.disputes.evidence import files
from lookups.disputes.models import Evidence
from lookups.identity import throttling
from lookups.registry.models import Registration
from tests.disputes.evidence_files import jpeg
from tests.disputes.filing_pages import fill_in
from tests.disputes.test_evidence_pages import upload
from tests.overview.pages import words

pytestmark = pytest.mark.django_db


def test_many_within_an_hour_have_to_wait(
    as_wei: Client, weis_line: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_in(as_wei, weis_line)
    opened: list[int] = []
    monkeypatch.setattr(files, "clean", lambda data: opened.append(1) or ("jpeg", data))
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        for _ in range(throttling.EVIDENCE.pair.free):
            upload(as_wei, weis_line, jpeg())
        assert "many files within an hour" in words(upload(as_wei, weis_line, jpeg()))
        assert len(opened) == throttling.EVIDENCE.pair.free
        assert Evidence.objects.count() == 1, "the same file is kept once"
        clock.shift(datetime.timedelta(minutes=2))
        assert upload(as_wei, weis_line, jpeg()).status_code == 302
