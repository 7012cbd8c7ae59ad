"""Invented numbers: they pass every check, differ from one another, and the Chinese ones are nobody's alive."""

import pytest
from pytest_django import Settings

from lookups.demo import people
from lookups.jurisdictions import numbering, schemes

MANY = 3000


@pytest.mark.parametrize("jurisdiction", ["CN", "IN", "PE"])
def test_identity_numbers_pass_and_differ(settings: Settings, jurisdiction: str) -> None:
    settings.PORTAL_JURISDICTION = jurisdiction
    numbers = {people.id_number(1, index) for index in range(MANY)}
    assert len(numbers) == MANY
    for number in numbers:
        assert schemes.normalise(people.country().scheme, number) == number


@pytest.mark.parametrize("jurisdiction", ["CN", "IN", "PE"])
def test_phone_numbers_are_well_formed_and_differ(settings: Settings, jurisdiction: str) -> None:
    settings.PORTAL_JURISDICTION = jurisdiction
    numbers = [people.phone_number(code, 1, index) for code in people.country().mobile for index in range(MANY)]
    assert len(set(numbers)) == len(numbers)
    for number in [*numbers, people.machine_number(1)]:
        assert numbering.check(number) == number


def test_chinese_people_were_born_before_1900() -> None:
    assert {people.id_number(3, index)[6:9] for index in range(MANY)} == {"189"}


def test_the_seed_decides() -> None:
    assert people.id_number(1, 5) == people.id_number(1, 5) != people.id_number(2, 5)
