"""What pictures of results share: paper, colours, and how a figure becomes a PNG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, RED, GREY, INK = "#1f5fa8", "#c8442d", "#b8bcc2", "#22262b"
# Eight colours that people who see few colours can tell apart (Okabe and Ito 2008), without yellow, and one more.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#22262b", "#7f5539")
NAME = 24  # characters of a name that are shown
LETTERS = 9.5  # of a headline that fit on an inch


def paper() -> AbstractContextManager[Any]:
    """The settings that pictures are drawn with, whatever the user's own are."""
    import matplotlib

    return matplotlib.rc_context(
        {
            "font.family": "DejaVu Sans", "font.size": 10, "axes.edgecolor": GREY, "axes.labelcolor": INK,
            "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False,
            "axes.titlelocation": "left", "axes.titleweight": "bold", "text.parse_math": False,
        }
    )  # fmt: skip


def new_figure(width: float, height: float) -> Figure:
    """A white figure of that many inches, whose parts keep out of each other's way."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    engine = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
    return Figure(figsize=(width, height), layout=engine, facecolor="white")


def headline(figure: Figure, text: str) -> None:
    """A title over the whole figure, from its left edge, on several lines where it is longer."""
    from textwrap import fill

    words = fill(text, int(LETTERS * figure.get_figwidth()), break_long_words=False)
    figure.suptitle(words, x=0.02, ha="left", fontsize=11, fontweight="bold", color=INK)


def as_png(figure: Figure) -> bytes:
    """The figure as a PNG; the same figure gives the same bytes."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=120, metadata={"Software": None})
    return picture.getvalue()


def short(name: str, width: int = NAME) -> str:
    """A name, cut where it is long.

    >>> short("cat"), short("a very long name of a class", 10)
    ('cat', 'a very lo…')
    """
    return name if len(name) <= width else name[: width - 1] + "…"


def grid(axes: Axes) -> None:
    """Thin lines behind what is drawn."""
    axes.grid(color="#e6e8eb", linewidth=0.8)
    axes.set_axisbelow(True)


def colours(count: int) -> Iterator[str]:
    """As many colours, the first ones again where there are more than eight."""
    return (COLOURS[k % len(COLOURS)] for k in range(count))
