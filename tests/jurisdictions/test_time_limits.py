"""Every time limit with where it is written: nothing here is invented, and what no law names is called so."""

import pytest

from lookups.disputes.models import Reason
from lookups.jurisdictions import countries, rules
from lookups.registry.models import Plan

OWN = (5, False, "portal default: no law names a number of days")
# As they were read: country, reason, plan → working days, whether a law names them, source.
# China says "immediately", without a number of days (MIIT notice of 2019-09, mnw.cn 2226134). India's order of
# 2021-12-07 gives days for re-verifying flagged lines, not for answering a person.
PERU_PREPAID = (2, True, "OSIPTEL, quoted by entornointeligente.com, 2022-09")
PERU_POSTPAID = (20, True, "gestion.pe, 2025-11-05; panamericana.pe, 2025-11-04")
BY_LAW = {("PE", "never_mine", "prepaid"): PERU_PREPAID, ("PE", "never_mine", "postpaid"): PERU_POSTPAID}


@pytest.mark.parametrize("plan", ["", *Plan.values])
@pytest.mark.parametrize("reason", Reason.values)
@pytest.mark.parametrize("country", sorted(countries.ALL))
def test_the_table(country: str, reason: str, plan: str) -> None:
    limit = rules.get(country).time_limit(reason, plan)
    assert (limit.answer_days, limit.in_law, limit.source) == BY_LAW.get((country, reason, plan), OWN)


@pytest.mark.parametrize("country", sorted(countries.ALL))
def test_no_law_that_we_know_names_a_time_for_acknowledging_or_lets_silence_decide(country: str) -> None:
    for limit in rules.get(country).time_limits:
        assert (limit.acknowledge_days, limit.acknowledge_source, limit.silence_decides) == (1, "", "")


@pytest.mark.parametrize("country", sorted(countries.ALL))
def test_every_limit_names_a_source_and_the_last_covers_all(country: str) -> None:
    limits = rules.get(country).time_limits
    assert all(limit.source and limit.answer_days > 0 for limit in limits)
    assert not limits[-1].reasons
    assert not limits[-1].plans


@pytest.mark.parametrize("country", sorted(countries.ALL))
def test_no_law_that_we_know_says_how_long_a_question_may_stop_the_clock(country: str) -> None:
    standstill = rules.get(country).standstill
    assert (standstill.days, standstill.in_law) == (10, False)
    assert standstill.source == "portal default: no law names a number of days"
