"""How a letter looks: one A4 page with the address in the window, the code in groups, and how to know the real site.

The QR code holds the address of the page where the code is typed and nothing else: no code and no ID number, so that a
photograph of the picture opens nothing, and no server or log ever sees a code in an address.

Only the commands that print import this: fpdf brings Pillow and fontTools along, a third of what a web process would
have to load before its first page.
"""

import datetime
from pathlib import Path

import segno
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from fpdf import FPDF
from fpdf.errors import FPDFException

from lookups.identity import letters

CORE_FONT = "Helvetica"
MARGIN = 25.0  # mm, as everything here
WIDTH = 210.0 - 2 * MARGIN
INK = (20, 33, 61)
SOFT = (74, 86, 116)
# The window of a DL envelope (DIN 5008, form B).
WINDOW = (MARGIN, 50.0, 85.0)
QR_SIDE = 34.0
# What the fonts of every PDF reader can write. Typographic marks in our own sentences become plain ones.
PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "-"})


class CannotWrite(Exception):
    """The font lacks a character of these lines."""


class BadFont(Exception):
    """The file is no font that can be embedded."""


class Letters:
    """A PDF of letters, one a page. ``font``: a TrueType or OpenType file that can write the addressees' names."""

    def __init__(self, *, font: Path | None = None) -> None:
        self._pdf = FPDF(format="A4")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margins(MARGIN, MARGIN)
        self._pdf.set_title(_("Activation codes"))
        self._family = CORE_FONT
        self._bold = "B"
        self._known: frozenset[int] | None = None
        if font is not None:
            try:
                self._pdf.add_font("letter", fname=font)
                self._known = frozenset(self._pdf.fonts["letter"].cmap)  # type: ignore[union-attr]
            except Exception as error:  # fontTools raises whatever it stumbles over
                raise BadFont from error
            self._family, self._bold = "letter", ""

    def can_write(self, *lines: str) -> bool:
        """Whether the font has every character of ``lines``."""
        signs = {sign for line in lines for sign in line} - {"\n"}
        if self._known is not None:
            return all(ord(sign) in self._known for sign in signs)
        return all(ord(sign) < 256 and sign.isprintable() for sign in signs)

    def add(self, lines: tuple[str, ...], *, code: str, expires: datetime.datetime) -> None:
        """One letter more. ``lines``: name and address. Raises CannotWrite, before anything is drawn."""
        last_day = _day(timezone.localtime(expires))
        address = letters.enrol_address()
        words = self._words(address, last_day)
        if not self.can_write(*lines, *words.values(), code):
            raise CannotWrite
        pdf = self._pdf
        pdf.add_page()
        self._text(words["sender"], size=8, at=(WINDOW[0], WINDOW[1] - 6), width=WINDOW[2], colour=SOFT)
        self._text("\n".join(lines), size=11, at=WINDOW[:2], width=WINDOW[2], height=5.2)
        self._text(words["date"], size=10, at=(MARGIN, 98), width=WIDTH, align="R", colour=SOFT)
        self._text(words["title"], size=17, bold=True, at=(MARGIN, 106), width=WIDTH)
        self._text(words["about"], size=11, at=(MARGIN, 117), width=WIDTH)
        self._code_box(code, words["until"], y=pdf.get_y() + 4)
        y = pdf.get_y() + 7
        self._qr(address, x=MARGIN + WIDTH - QR_SIDE, y=y)
        self._text(words["how"], size=12, bold=True, at=(MARGIN, y), width=WIDTH - QR_SIDE - 8)
        self._text(words["steps"], size=11, at=(MARGIN, pdf.get_y() + 1.5), width=WIDTH - QR_SIDE - 8)
        y = max(pdf.get_y(), y + QR_SIDE) + 6
        self._text(words["real"], size=12, bold=True, at=(MARGIN, y), width=WIDTH)
        self._text(words["signs"], size=11, at=(MARGIN, pdf.get_y() + 1.5), width=WIDTH)

    def _words(self, address: str, last_day: str) -> dict[str, str]:
        words = {
            "sender": _("Numbers in my name"),
            "date": _day(timezone.localdate()),
            "title": _("Your activation code"),
            "about": _(
                "With this code you can see every phone number that is registered under your ID, and dispute the ones "
                "that are not yours. If you have an account already, the code lets you back into it. If you did not "
                "ask for this letter, you need not do anything: without your ID number the code opens nothing."
            ),
            "until": _("Works once, until %(date)s, and only with your own ID number.") % {"date": last_day},
            "how": _("How to use it"),
            "steps": "\n".join(
                [
                    _("1. Type this address, or scan the picture: %(address)s") % {"address": address},
                    _("2. Type your ID number and the code."),
                    _("3. Choose a password, and set up your phone for signing in."),
                ]
            ),
            "real": _("How to know the real site"),
            "signs": "\n".join(
                [
                    _("- Its address begins with %(start)s and nothing comes before it.") % {"start": _start()},
                    _("- We never ask for this code by telephone, text message or e-mail, and nobody collects it."),
                    _("- We never ask for money, a bank card, a photograph or a code that a carrier sent you."),
                    _("- Give the code to nobody: whoever has it and your ID number can be you on this site."),
                ]
            ),
        }
        return words if self._known is not None else {key: text.translate(PLAIN) for key, text in words.items()}

    def _text(
        self,
        text: str,
        *,
        size: float,
        at: tuple[float, float],
        width: float,
        height: float | None = None,
        bold: bool = False,
        align: str = "L",
        colour: tuple[int, int, int] = INK,
    ) -> None:
        self._pdf.set_text_color(*colour)
        self._pdf.set_font(self._family, self._bold if bold else "", size)
        self._pdf.set_xy(*at)
        self._pdf.multi_cell(width, height or size * 0.48, text, align=align, new_x="LMARGIN", new_y="NEXT")

    def _code_box(self, code: str, until: str, *, y: float) -> None:
        self._pdf.set_draw_color(*INK)
        self._pdf.set_line_width(0.5)
        self._pdf.rect(MARGIN, y, WIDTH, 27, round_corners=True, corner_radius=2)
        self._pdf.set_text_color(*INK)
        # The code has letters and digits alone: the fixed-width font of every reader tells 0 and O, 1 and I apart best.
        self._pdf.set_font("Courier", "B", 28)
        self._pdf.set_xy(MARGIN, y + 3)
        self._pdf.cell(WIDTH, 13, code, align="C")
        self._text(until, size=10, at=(MARGIN, y + 18), width=WIDTH, align="C", colour=SOFT)
        self._pdf.set_y(y + 27)

    def _qr(self, address: str, *, x: float, y: float) -> None:
        matrix = segno.make(address, error="m", micro=False).matrix
        module = QR_SIDE / len(matrix)
        self._pdf.set_fill_color(0, 0, 0)
        for row, line in enumerate(matrix):
            for column, dark in enumerate(line):
                if dark:
                    # A hair wider than a module: no reader draws white seams between two dark ones.
                    self._pdf.rect(x + column * module, y + row * module, module + 0.02, module + 0.02, style="F")

    def output(self) -> bytes:
        """The whole file. Raises CannotWrite where there is no letter in it."""
        try:
            return bytes(self._pdf.output())
        except FPDFException as error:
            raise CannotWrite from error


def _start() -> str:
    return f"{settings.PORTAL_BASE_URL}/"


def _day(value: datetime.date) -> str:
    """As the pages write it: "27 November 2026"."""
    return date_format(value, pgettext("date pattern", "j F Y"))
