"""Identity numbers: what is one, what is not, and the same subject however it was typed."""

import pytest
from pytest_django import Settings

from lookups.jurisdictions import schemes
from tests.cast import WEIS_ID


@pytest.mark.parametrize(
    ("country", "scheme", "typed", "normal"),
    [
        ("CN", "CN-RIC", "11010519491231002x", "11010519491231002X"),
        ("CN", "CN-RIC", " 110105 19491231 002X ", "11010519491231002X"),
        ("CN", "PASSPORT-CN", "e-12345678", "E12345678"),
        ("IN", "IN-AADHAAR", "9999 4105 7058", "999941057058"),
        ("PE", "PE-DNI", "10117410", "10117410"),
    ],
)
def test_a_number_is_normalised(settings: Settings, country: str, scheme: str, typed: str, normal: str) -> None:
    settings.PORTAL_JURISDICTION = country
    assert schemes.normalise(scheme, typed) == normal
    assert schemes.subject_of(scheme, typed) == schemes.subject_of(scheme, normal)


@pytest.mark.parametrize(
    ("scheme", "number", "code"),
    [
        ("CN-RIC", "110105194912310021", "checksum"),
        ("CN-RIC", "1101051949123100", "length"),
        ("CN-RIC", "11010519491331002X", "checksum"),
        ("CN-RIC", "AAAAAAAAAAAAAAAAAA", "format"),
        ("CN-RIC", "１１０１０５１９４９１２３１００２X", "format"),
        ("CN-RIC", "9" * 1_000_000, "length"),
        ("PASSPORT-CN", "ABCDEF", "format"),
        ("US-SSN", "078-05-1120", "unknown_scheme"),
        ("CN-RIC", "", "length"),
    ],
)
def test_what_cannot_be_a_number_is_refused_without_repeating_it(scheme: str, number: str, code: str) -> None:
    with pytest.raises(schemes.InvalidIdNumber) as error:
        schemes.normalise(scheme, number)
    assert error.value.code == code
    assert not number or number not in str(error.value)


def test_subjects_of_different_schemes_differ() -> None:
    assert schemes.subject_of("PASSPORT-CN", "E12345678") != schemes.subject_of("PASSPORT-GB", "E12345678")


def test_a_subject_shows_nothing_of_its_number() -> None:
    assert WEIS_ID[-6:] not in str(schemes.subject_of("CN-RIC", WEIS_ID))
