"""The command that makes activation codes for a list of documents (S2)."""

import csv
import io
import stat
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse

from lookups.identity import codes, services
from lookups.identity.models import ActivationCode
from lookups.jurisdictions import schemes
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, NOBODYS_CARD, WANG_FANGS_CARD

pytestmark = pytest.mark.django_db


def issue(tmp_path: Path, content: str | bytes, *more: str) -> tuple[list[dict[str, str]], str]:
    """The rows written, and what was said."""
    listed = tmp_path / "list.txt"
    listed.write_bytes(content if isinstance(content, bytes) else content.encode())
    out, err = io.StringIO(), io.StringIO()
    call_command("issue_activation_codes", "CN-RIC", str(listed), *more, stdout=out, stderr=err, no_color=True)
    return list(csv.DictReader(out.getvalue().splitlines())), err.getvalue()


def test_a_code_for_each_line(clock: time_machine.Traveller, client: object, tmp_path: Path) -> None:
    rows, said = issue(tmp_path, f"{LIN_MEIS_CARD}\n\n{WANG_FANGS_CARD}\r\n")
    assert [row["line"] for row in rows] == ["1", "3"]
    assert {row["expires"] for row in rows} == {"2026-12-11"}
    assert said.strip() == "2 codes issued, 0 lines rejected."
    taken = client.post(  # type: ignore[attr-defined]
        reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": rows[0]["code"]}
    )
    assert taken.status_code == 302


def test_s2_codes_are_long_enough_and_never_alike(clock: time_machine.Traveller, db: None) -> None:
    assert codes.ACTIVATION_CHARACTERS * 5 >= 50
    assert len({codes.new(codes.ACTIVATION_CHARACTERS) for _ in range(1000)}) == 1000


def test_bad_lines_are_named_by_number_and_reason_alone(clock: time_machine.Traveller, tmp_path: Path) -> None:
    wrong_check = NOBODYS_CARD[:-1] + ("0" if NOBODYS_CARD[-1] != "0" else "1")
    lines = [LIN_MEIS_CARD, wrong_check, "110101", LIN_MEIS_CARD, "x" * 1_000_000, WANG_FANGS_CARD]
    identity.wang_fang()
    rows, said = issue(tmp_path, "\n".join(lines))
    assert [row["line"] for row in rows] == ["1"]
    assert said.splitlines() == [
        "line 2: One of the characters is wrong: the number does not add up.",
        "line 3: This number does not have the right length for this document.",
        "line 4: a code was issued less than 24 hours ago",
        "line 5: This number does not have the right length for this document.",
        "line 6: this document has an account already",
        "1 codes issued, 5 lines rejected.",
    ]
    assert not any(value in said for value in (*lines[:4], lines[5]))


def test_s2_a_day_between_two_codes_and_four_in_thirty_days(clock: time_machine.Traveller, db: None) -> None:
    subject = schemes.subject_of("CN-RIC", LIN_MEIS_CARD)

    def reason() -> str:
        try:
            services.issue_code(subject, scheme="CN-RIC")
        except services.IssuingRefused as refused:
            return refused.reason
        return "issued"

    assert [reason(), reason()] == ["issued", "too_soon"]
    for _ in range(3):
        clock.shift(86400)
        assert reason() == "issued"
    clock.shift(86400)
    assert reason() == "too_many"
    clock.shift(26 * 86400)
    assert reason() == "issued"
    assert ActivationCode.objects.count() == 5


def test_the_file_is_for_its_owner_alone_and_never_overwritten(clock: time_machine.Traveller, tmp_path: Path) -> None:
    target = tmp_path / "codes.csv"
    issue(tmp_path, LIN_MEIS_CARD, "--output", str(target))
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    before = target.read_text()
    with pytest.raises(CommandError, match="exists already"):
        issue(tmp_path, WANG_FANGS_CARD, "--output", str(target))
    assert target.read_text() == before
    assert ActivationCode.objects.count() == 1


def test_all_or_nothing(clock: time_machine.Traveller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = services.issue_code, []

    def breaks_at_the_second(subject: object, *, scheme: str) -> str:
        calls.append(subject)
        if len(calls) == 2:
            raise RuntimeError("disk full")
        return real(subject, scheme=scheme)  # type: ignore[arg-type]

    monkeypatch.setattr(services, "issue_code", breaks_at_the_second)
    target = tmp_path / "codes.csv"
    with pytest.raises(RuntimeError):
        issue(tmp_path, f"{LIN_MEIS_CARD}\n{WANG_FANGS_CARD}", "--output", str(target))
    assert not target.exists()
    assert not ActivationCode.objects.exists()


def test_what_is_no_list_is_refused_whole(clock: time_machine.Traveller, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"not UTF-8 text \(line 2\)"):
        issue(tmp_path, LIN_MEIS_CARD.encode() + b"\n\xff\xfe")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("issue_activation_codes", "CN-RIC", str(tmp_path / "nowhere.txt"))
    with pytest.raises(CommandError, match="not known here"):
        call_command("issue_activation_codes", "XX-NONE", str(tmp_path / "list.txt"))
    assert not ActivationCode.objects.exists()


def test_the_list_may_come_through_a_pipe(
    clock: time_machine.Traveller, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + LIN_MEIS_CARD.encode() + b"\n")))
    out = io.StringIO()
    call_command("issue_activation_codes", "CN-RIC", "-", stdout=out, stderr=io.StringIO())
    assert out.getvalue().splitlines()[1].startswith("1,")
