"""Letters with activation codes, on paper and nowhere else (S2)."""

import io
import re
import stat
from pathlib import Path

import pytest
import segno
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pytest_django import Settings

from lookups.identity.models import ActivationCode
from tests.factories import identity
from tests.factories.identity import LIN_MEIS_CARD, NOBODYS_CARD, WANG_FANGS_CARD
from tests.identity import pdf_text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
HEADER = "id_number,name,address_1,address_2,abroad\n"
CODE = re.compile(r"\b(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}\b")


def write(tmp_path: Path, rows: str, *more: str, to: str = "letters.pdf") -> tuple[Path, str]:
    """Where the letters are, and what was said."""
    listed = tmp_path / "list.csv"
    listed.write_text(rows, encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    target = tmp_path / to
    call_command(
        "issue_activation_codes", "CN-RIC", str(listed), "--letters", str(target), *more, stdout=out, stderr=err
    )
    assert out.getvalue() == "", "codes stand on paper alone"
    return target, err.getvalue()


def two_letters(tmp_path: Path, *more: str, to: str = "letters.pdf") -> tuple[Path, str]:
    rows = f'{LIN_MEIS_CARD},Lin Mei,7 Harbour Road,Guangzhou,\n{WANG_FANGS_CARD},Wang Fang,"2, Lake Street",Lima,yes\n'
    return write(tmp_path, HEADER + rows, *more, to=to)


def test_s2_a_letter_holds_name_address_code_and_last_day(tmp_path: Path, client: Client) -> None:
    file, said = two_letters(tmp_path)
    assert said == "2 letters written, 0 lines rejected.\n"
    first, second = (pdf_text.words(page) for page in pdf_text.pages(file.read_bytes()))
    assert "Lin Mei" in first
    assert "7 Harbour Road" in first
    assert "Guangzhou" in first
    assert "Wang Fang" in second
    assert "Wang" not in first
    code = CODE.findall(first)
    assert len(code) == 1
    taken = client.post(reverse("identity:enrol"), {"scheme": "CN-RIC", "number": LIN_MEIS_CARD, "code": code[0]})
    assert taken.url == reverse("identity:enrol_password")


def test_s2_21_days_and_30_abroad(tmp_path: Path) -> None:
    file, _ = two_letters(tmp_path)
    first, second = (pdf_text.words(page) for page in pdf_text.pages(file.read_bytes()))
    assert "11 December 2026" in first
    assert "20 December 2026" in second
    days = {(code.expires_at - code.issued_at).days for code in ActivationCode.objects.all()}
    assert days == {21, 30}


def test_s2_the_picture_holds_the_address_of_the_page_and_no_code(tmp_path: Path, settings: Settings) -> None:
    file, _ = two_letters(tmp_path)
    address = settings.PORTAL_BASE_URL + "/enrol/"
    dark = sum(module for line in segno.make(address, error="m", micro=False).matrix for module in line)
    assert [pdf_text.squares(page) for page in pdf_text.pages(file.read_bytes())] == [dark, dark]


def test_a_letter_says_how_to_know_the_real_site_and_repeats_no_id(tmp_path: Path, settings: Settings) -> None:
    file, _ = two_letters(tmp_path)
    for page in pdf_text.pages(file.read_bytes()):
        text = pdf_text.words(page)
        assert f"begins with {settings.PORTAL_BASE_URL}/" in text
        assert "never ask for this code" in text
        assert LIN_MEIS_CARD not in text
        assert LIN_MEIS_CARD[6:] not in text.replace(" ", "")


def test_the_file_is_for_its_owner_alone_and_never_overwritten(tmp_path: Path) -> None:
    file, _ = two_letters(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(CommandError, match="exists already"):
        write(tmp_path, HEADER + f"{NOBODYS_CARD},Li Hua,1 Hill Road,,\n")
    assert file.read_bytes() == before
    assert ActivationCode.objects.count() == 2


def test_s16_where_one_file_cannot_be_written_none_is_left_and_no_code_counts(tmp_path: Path) -> None:
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "letter-000003.pdf").write_text("somebody else's")
    with pytest.raises(CommandError, match="exists already"):
        two_letters(tmp_path, to="letters")
    assert [file.read_text() for file in folder.iterdir()] == ["somebody else's"]
    assert not ActivationCode.objects.exists()


def test_a_folder_gets_one_file_a_letter(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    folder, _ = two_letters(tmp_path, to="letters")
    files = sorted(folder.iterdir())
    assert [file.name for file in files] == ["letter-000002.pdf", "letter-000003.pdf"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(len(pdf_text.pages(file.read_bytes())) == 1 for file in files)


def test_names_that_the_font_cannot_write_are_refused_by_line_and_nothing_is_issued(tmp_path: Path) -> None:
    rows = f"{LIN_MEIS_CARD},Lin Mei,7 Harbour Road,,\n{WANG_FANGS_CARD},王芳,广州,,\n"
    with pytest.raises(CommandError, match=r"line 3\. Give one that can: --font FILE") as refused:
        write(tmp_path, HEADER + rows)
    assert "王" not in str(refused.value)
    assert not (tmp_path / "letters.pdf").exists()
    assert not ActivationCode.objects.exists()


@pytest.fixture
def font(tmp_path: Path) -> Path:
    """A font that has empty pictures for our letters, and for the characters of one name."""
    signs = [chr(code) for code in range(32, 127)] + list("王芳’“”–")
    names = {ord(sign): f"sign{ord(sign):04X}" for sign in signs}
    builder = FontBuilder(1000, isTTF=True)
    glyphs = [".notdef", *names.values()]
    builder.setupGlyphOrder(glyphs)
    builder.setupCharacterMap(names)
    builder.setupGlyf({name: TTGlyphPen(None).glyph() for name in glyphs})
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(tmp_path / "font.ttf")
    return tmp_path / "font.ttf"


def test_s16_a_font_that_has_the_characters_writes_the_name_and_the_log_does_not(
    tmp_path: Path, font: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, said = write(tmp_path, HEADER + f"{WANG_FANGS_CARD},王芳,7 Harbour Road,,\n", "--font", str(font))
    assert said == "1 letters written, 0 lines rejected.\n"
    assert "738B" not in caplog.text, "the embedding library would name each character"
    assert caplog.text == ""


def test_a_character_that_the_given_font_lacks_is_refused(tmp_path: Path, font: Path) -> None:
    with pytest.raises(CommandError, match=r"line 2\. Give one that can"):
        write(tmp_path, HEADER + f"{WANG_FANGS_CARD},李华,7 Harbour Road,,\n", "--font", str(font))
    assert not ActivationCode.objects.exists()


def test_what_is_no_font_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no TrueType"):
        two_letters(tmp_path, "--font", str(Path(__file__)))
    with pytest.raises(CommandError, match="is no file"):
        two_letters(tmp_path, "--font", str(tmp_path / "none.ttf"))
    assert not ActivationCode.objects.exists()


def test_s2_bad_lines_are_named_by_number_and_reason_alone(tmp_path: Path) -> None:
    identity.wang_fang()
    rows = [
        f"{LIN_MEIS_CARD},Lin Mei,7 Harbour Road,,",
        f"{LIN_MEIS_CARD},Lin Mei,7 Harbour Road,,",
        f"{WANG_FANGS_CARD},Wang Fang,2 Lake Street,,",
        f"{NOBODYS_CARD},Li Hua,,,",
        f"{NOBODYS_CARD},Li Hua,{'x' * 61},,",
        "12,Li Hua,1 Hill Road,,",
    ]
    _, said = write(tmp_path, HEADER + "\n".join(rows))
    assert said.splitlines() == [
        "line 3: a code was issued less than 24 hours ago",
        "line 4: this document has an account already",
        "line 5: a name and an address are needed",
        "line 6: a line of the address is longer than 60 characters",
        "line 7: This number does not have the right length for this document.",
        "1 letters written, 5 lines rejected.",
    ]


def test_a_list_without_its_columns_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="The first line names the columns"):
        write(tmp_path, f"{LIN_MEIS_CARD}\n")
    with pytest.raises(CommandError, match=r"folder that exists, or a new file that ends with \.pdf"):
        two_letters(tmp_path, to="letters.txt")
    assert not ActivationCode.objects.exists()


def test_names_and_addresses_are_kept_nowhere(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], clock: time_machine.Traveller
) -> None:
    two_letters(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            content = cursor.fetchone()[0]
            assert "Harbour" not in content, table
            assert "Lin Mei" not in content, table
            assert LIN_MEIS_CARD not in content, table
    logged = "".join(capfd.readouterr())
    assert "Harbour" not in logged
    assert LIN_MEIS_CARD not in logged
