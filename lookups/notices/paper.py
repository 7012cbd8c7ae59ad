"""What every paper of ours shares: A4, one font and its limits, text in millimetres, and QR codes as squares.

Without a font file the fonts of every PDF reader are used, which know Latin-1 alone; whoever prints other names gives
a TrueType or OpenType file.
"""

from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.errors import FPDFException

CORE_FONT = "Helvetica"
MARGIN = 25.0  # mm, as everything here
WIDTH = 210.0 - 2 * MARGIN
INK = (20, 33, 61)
SOFT = (74, 86, 116)
# Typographic marks that Latin-1 lacks become plain ones; the dots of a masked number become dots that it has.
PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "•": "·"})


class CannotWrite(Exception):
    """The font lacks a character of these lines."""


class BadFont(Exception):
    """The file is no font that can be embedded."""


class Paper:
    """A PDF in one font."""

    def __init__(self, *, title: str, font: Path | None = None) -> None:
        self.pdf = FPDF(format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margins(MARGIN, MARGIN)
        self.pdf.set_title(title)
        self._family = CORE_FONT
        self._bold = "B"
        self._known: frozenset[int] | None = None
        if font is not None:
            try:
                self.pdf.add_font("letter", fname=font)
                self._known = frozenset(self.pdf.fonts["letter"].cmap)  # type: ignore[union-attr]
            except Exception as error:  # fontTools raises whatever it stumbles over
                raise BadFont from error
            self._family, self._bold = "letter", ""

    def can_write(self, *lines: str) -> bool:
        """Whether the font has every character of ``lines``."""
        signs = {sign for line in lines for sign in line} - {"\n"}
        if self._known is not None:
            return all(ord(sign) in self._known for sign in signs)
        return all(ord(sign) < 256 and sign.isprintable() for sign in signs)

    def plain(self, text: str) -> str:
        """The text with typographic marks that the font has."""
        return text if self._known is not None else text.translate(PLAIN)

    def text(
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
        self.pdf.set_text_color(*colour)
        self.pdf.set_font(self._family, self._bold if bold else "", size)
        self.pdf.set_xy(*at)
        self.pdf.multi_cell(width, height or size * 0.48, text, align=align, new_x="LMARGIN", new_y="NEXT")

    def code(self, code: str, *, size: float, at: tuple[float, float], width: float, align: str = "C") -> None:
        """Letters and digits in the fixed-width font of every reader: it tells 0 and O, 1 and I apart best."""
        self.pdf.set_text_color(*INK)
        self.pdf.set_font("Courier", "B", size)
        self.pdf.set_xy(*at)
        self.pdf.multi_cell(width, size * 0.45, code, align=align, new_x="LMARGIN", new_y="NEXT")

    def qr(self, content: str, *, x: float, y: float, side: float) -> None:
        matrix = segno.make(content, error="m", micro=False).matrix
        module = side / len(matrix)
        self.pdf.set_fill_color(0, 0, 0)
        for row, line in enumerate(matrix):
            for column, dark in enumerate(line):
                if dark:
                    # A hair wider than a module: no reader draws white seams between two dark ones.
                    self.pdf.rect(x + column * module, y + row * module, module + 0.02, module + 0.02, style="F")

    def output(self) -> bytes:
        """The whole file. Raises CannotWrite where there is no page in it."""
        try:
            return bytes(self.pdf.output())
        except FPDFException as error:
            raise CannotWrite from error
