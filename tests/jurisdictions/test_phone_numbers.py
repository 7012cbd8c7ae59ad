"""Phone numbers: the country's own, machine numbers included, and no others."""

import phonenumbers
import pytest
from pytest_django import Settings

from lookups.jurisdictions import numbering


@pytest.mark.parametrize("number", ["+8613812341234", "+861064912345678", "+861410123456789", "+861012345678"])
def test_a_chinese_number_is_taken(number: str) -> None:
    assert numbering.check(number) == number


@pytest.mark.parametrize(
    "number", ["13812341234", "+86138123412", "+919876543210", "+86 13812341234", "", "+86", "=1+1", "+8613812341234\n"]
)
def test_anything_else_is_refused_without_repeating_it(number: str) -> None:
    with pytest.raises(numbering.InvalidPhoneNumber) as error:
        numbering.check(number)
    assert not number.strip() or number not in str(error.value)


@pytest.mark.parametrize("typed", ["138 1234 1234", "+86 138-1234-1234", "008613812341234", "8613812341234"])
def test_a_number_may_be_typed_in_many_ways(typed: str) -> None:
    assert numbering.normalise(typed) == "+8613812341234"


@pytest.mark.parametrize(("country", "region"), [("CN", "CN"), ("IN", "IN"), ("PE", "PE")])
def test_the_compiled_rules_agree_with_phonenumbers(settings: Settings, country: str, region: str) -> None:
    settings.PORTAL_JURISDICTION = country
    for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE):
        example = phonenumbers.example_number_for_type(region, kind)
        assert numbering.check(phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164))
