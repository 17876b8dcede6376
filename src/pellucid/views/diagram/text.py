"""How wide words are, and how numbers are written, in drawings."""

from __future__ import annotations

import math

# The advance of each character from space to ~ in DejaVu Sans, in hundredths of the font's size. It is wider than the
# other fonts of FONTS, so words never need more room than is measured.
_WIDTHS = (
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84,
    84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69,
    61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63,
    59, 82, 59, 59, 52, 64, 34, 64, 84,
)  # fmt: skip
_OTHERS = {"−": 84, "×": 84, "→": 84, "·": 32, "δ": 61, "∂": 52, "σ": 63, "Σ": 63, "–": 50}
BOLD = 1.12  # bold letters are wider by this, at most
FONTS = "'DejaVu Sans', Verdana, 'Segoe UI', system-ui, Helvetica, Arial, sans-serif"


def width_of(words: str, size: float, bold: bool = False) -> float:
    """How wide a line of text is, in the unit of ``size``.

    >>> round(width_of("0.25", 10), 2)
    22.4
    """
    total = 0.0
    for c in words:
        code = ord(c)
        if 32 <= code < 127:
            total += _WIDTHS[code - 32]
        elif 0x2080 <= code <= 0x2089:
            total += 40
        else:
            total += _OTHERS.get(c, 100 if code > 0x2E80 else 75)
    return total * size / 100 * (BOLD if bold else 1.0)


def has_other_scripts(words: str) -> bool:
    """Whether there is a letter of a script that DejaVu Sans does not have: from Devanagari on, Chinese, Emoji.

    >>> has_other_scripts("Größe, размер, حجم"), has_other_scripts("大きさ")
    (False, True)
    """
    return any("\u0900" <= c < "\u10a0" or "\u1100" <= c < "\u1d00" or "\u2e80" <= c < "\ufb00" or c > "\uffff"
               for c in words if c > "\u08ff")  # fmt: skip


def wrapped(words: str, room: float, size: float, bold: bool = False) -> list[str]:
    """The words on as many lines as they need; a word that has no room is shortened.

    >>> wrapped("petal length and petal width", 90, 10)
    ['petal length and', 'petal width']
    """
    lines = [""]
    for word in words.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and width_of(longer, size, bold) > room:
            lines.append(shortened(word, room, size, bold))
        else:
            lines[-1] = shortened(longer, room, size, bold)
    return lines


def shortened(words: str, room: float, size: float, bold: bool = False) -> str:
    """The words, or their beginning and "…" where there is not room for all.

    >>> shortened("petal length", 50, 10)
    'petal le…'
    """
    if width_of(words, size, bold) <= room:
        return words
    while words and width_of(words + "…", size, bold) > room:
        words = words[:-1]
    return words.rstrip() + "…"


def number(value: float) -> str:
    """Three digits, with a true minus sign.

    >>> number(-0.27846), number(1.0), number(12345.0), number(0.00012), number(0.0)
    ('−0.278', '1', '12300', '1.2e−4', '0')
    """
    value = float(value)
    if not math.isfinite(value):
        return str(value).replace("-", "−")
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    if size < -3 or size > 5:
        mantissa, _, power = f"{value:.1e}".partition("e")
        return f"{mantissa.removesuffix('.0')}e{int(power)}".replace("-", "−")
    text = f"{round(value, 2 - size):.{max(0, 2 - size)}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-", "−")
