"""How a letter looks: one A4 page with the address in the window, the code in groups, and how to know the real site.

The QR code holds the address of the page where the code is typed and nothing else: no code and no ID number, so that a
photograph of the picture opens nothing, and no server or log ever sees a code in an address.
"""

import datetime
from pathlib import Path

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lookups.identity import letters
from lookups.notices.paper import INK, MARGIN, SOFT, WIDTH, CannotWrite, Paper

# The window of a DL envelope (DIN 5008, form B).
WINDOW = (MARGIN, 50.0, 85.0)
QR_SIDE = 34.0


class Letters(Paper):
    """A PDF of letters, one a page. ``font``: a TrueType or OpenType file that can write the addressees' names."""

    def __init__(self, *, font: Path | None = None) -> None:
        super().__init__(title=_("Activation codes"), font=font)

    def add(self, lines: tuple[str, ...], *, code: str, expires: datetime.datetime) -> None:
        """One letter more. ``lines``: name and address. Raises CannotWrite, before anything is drawn."""
        last_day = _day(timezone.localtime(expires))
        address = letters.enrol_address()
        words = self._words(address, last_day)
        if not self.can_write(*lines, *words.values(), code):
            raise CannotWrite
        pdf = self.pdf
        pdf.add_page()
        self.text(words["sender"], size=8, at=(WINDOW[0], WINDOW[1] - 6), width=WINDOW[2], colour=SOFT)
        self.text("\n".join(lines), size=11, at=WINDOW[:2], width=WINDOW[2], height=5.2)
        self.text(words["date"], size=10, at=(MARGIN, 98), width=WIDTH, align="R", colour=SOFT)
        self.text(words["title"], size=17, bold=True, at=(MARGIN, 106), width=WIDTH)
        self.text(words["about"], size=11, at=(MARGIN, 117), width=WIDTH)
        self._code_box(code, words["until"], y=pdf.get_y() + 4)
        y = pdf.get_y() + 7
        self.qr(address, x=MARGIN + WIDTH - QR_SIDE, y=y, side=QR_SIDE)
        self.text(words["how"], size=12, bold=True, at=(MARGIN, y), width=WIDTH - QR_SIDE - 8)
        self.text(words["steps"], size=11, at=(MARGIN, pdf.get_y() + 1.5), width=WIDTH - QR_SIDE - 8)
        y = max(pdf.get_y(), y + QR_SIDE) + 6
        self.text(words["real"], size=12, bold=True, at=(MARGIN, y), width=WIDTH)
        self.text(words["signs"], size=11, at=(MARGIN, pdf.get_y() + 1.5), width=WIDTH)

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
        return {key: self.plain(text) for key, text in words.items()}

    def _code_box(self, code: str, until: str, *, y: float) -> None:
        self.pdf.set_draw_color(*INK)
        self.pdf.set_line_width(0.5)
        self.pdf.rect(MARGIN, y, WIDTH, 27, round_corners=True, corner_radius=2)
        self.code(code, size=28, at=(MARGIN, y + 3), width=WIDTH)
        self.text(until, size=10, at=(MARGIN, y + 18), width=WIDTH, align="C", colour=SOFT)
        self.pdf.set_y(y + 27)


def _start() -> str:
    return f"{settings.PORTAL_BASE_URL}/"


def _day(value: datetime.date) -> str:
    """As the pages write it: "27 November 2026"."""
    return date_format(value, pgettext("date pattern", "j F Y"))
