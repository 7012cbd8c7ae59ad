"""The sample world: its carriers, its crowd, its cast's stories; the same for the same seed."""

import pytest

from lookups.carriers.models import Carrier, Channel, Membership
from lookups.demo import cast, world
from lookups.identity import services as identity
from lookups.identity.models import Account, AuthenticatorApp
from lookups.registry import services as registry
from lookups.registry.models import Confirmation, Registration
from tests.demo.conftest import SMALL

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_world")]


def lines_of(citizen: cast.Citizen) -> list[Registration]:
    account = Account.objects.by_document(_subject(citizen))
    assert account is not None
    return list(registry.registrations_of(account.subjects()).select_related("carrier"))


def _subject(citizen: cast.Citizen) -> object:
    return identity.schemes.subject_of(*citizen.documents(7)[0])


def test_four_carriers_on_three_channels_and_a_reseller() -> None:
    assert dict(Channel.objects.values_list("carrier__code", "kind")) == {
        "northern": "tmforum",
        "western": "tmforum",
        "eastern": "console",
        "southern": "demo",
    }
    assert Carrier.objects.get(code="lotus").answered_by.code == "northern"


def test_one_carrier_has_delivered_nothing() -> None:
    delivered = registry.latest_feeds()
    assert [carrier.code for carrier in Carrier.objects.all() if carrier.pk not in delivered] == ["southern"]


def test_the_crowd_is_there() -> None:
    assert Registration.objects.count() == SMALL.registrations + sum(
        len(list(cast.rows(code, seed=7, today=registry.timezone.localdate())))
        for code in ("northern", "western", "eastern", "lotus")
    )


@pytest.mark.parametrize(
    ("citizen", "lines"),
    [(cast.WEI, 5), (cast.MEI, 2), (cast.JUN, 1), (cast.LAN, 2), (cast.BO, 40), (cast.AN, 0), (cast.TAO, 4)],
    ids=lambda value: getattr(value, "name", value),
)
def test_everybodys_lines(citizen: cast.Citizen, lines: int) -> None:
    assert len(lines_of(citizen)) == lines


def test_weis_stolen_card() -> None:
    stolen = [line for line in lines_of(cast.WEI) if line.outlet_district == "Liuzhou, Guangxi"]
    assert len({line.activated_on for line in stolen}) == 1
    assert {line.identity_check for line in stolen} == {"document"}
    assert len(stolen) == 3


def test_meis_recycled_number_is_somebody_elses_too() -> None:
    numbers = [line.number_index for line in lines_of(cast.MEI)]
    assert Registration.objects.filter(number_index__in=numbers).values("subject").distinct().count() == 2


def test_juns_line_is_at_the_reseller() -> None:
    assert [line.carrier.code for line in lines_of(cast.JUN)] == ["lotus"]


def test_lans_old_passport_still_holds_one() -> None:
    account = Account.objects.by_document(_subject(cast.LAN))
    assert account is not None
    assert set(account.documents.values_list("scheme", flat=True)) == {"CN-RIC", "PASSPORT-CN"}
    assert len({line.subject for line in lines_of(cast.LAN)}) == 2


def test_taos_machines_have_thirteen_digits() -> None:
    assert [len(line.number) for line in lines_of(cast.TAO) if line.service == "iot"] == [16, 16, 16]


def test_staff_work_where_they_should() -> None:
    at = Membership.objects.values_list("account__label", "carrier__code", "role").order_by("account__label")
    assert list(at) == [
        ("Qian", "northern", "supervisor"),
        ("Sun", "eastern", "clerk"),
        ("Zhao", "northern", "clerk"),
    ]
    assert set(Account.objects.exclude(role="citizen").values_list("role", flat=True)) == {
        "carrier",
        "officer",
        "operator",
        "authority",
    }


def test_everybody_is_marked_as_invented() -> None:
    assert not world.is_real()
    assert AuthenticatorApp.objects.count() == Account.objects.count() == 13


def test_nothing_is_confirmed_yet() -> None:
    assert not Confirmation.objects.exists()
