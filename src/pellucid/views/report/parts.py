"""What sections are made of: tables, pictures and words as safe HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from pellucid.views.diagram.canvas import png_address


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes
    ----------
    name : str
        A short name, for addresses within the page.
    title : str
    body : Markup
        Safe HTML.
    """

    name: str
    title: str
    body: Markup


def paragraph(words: str, kind: str = "") -> Markup:
    """A paragraph of plain words."""
    return Markup("<p{}>{}</p>").format(Markup(' class="{}"').format(kind) if kind else "", words)


def table(head: Sequence[str], rows: Iterable[Sequence[object]], caption: str, *, words: int = 1) -> Markup:
    """A table with a caption; the first column heads its rows, the first ``words`` columns are text, others numbers."""
    cells = Markup("").join(
        Markup('<th scope="col"{}>{}</th>').format(Markup(' class="n"') if k >= words else "", name)
        for k, name in enumerate(head)
    )
    lines = []
    for row in rows:
        made = []
        for k, cell in enumerate(row):
            kind = Markup(' class="n"') if k >= words else ""
            form = '<th scope="row"{}>{}</th>' if k == 0 else "<td{}>{}</td>"
            made.append(Markup(form).format(kind, cell))
        lines.append(Markup("<tr>{}</tr>").format(Markup("").join(made)))
    body = Markup("").join(lines)
    inside = Markup("<caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody>").format(caption, cells, body)
    return scrolling(Markup("<table>{}</table>").format(inside), caption)


def scrolling(inside: Markup, label: str) -> Markup:
    """Something wide, in a frame of its own that scrolls, with keys too."""
    return Markup('<div class="wide" role="region" aria-label="{}" tabindex="0">{}</div>').format(label, inside)


def facts(pairs: Iterable[tuple[str, object]], *, wordy: bool = False) -> Markup:
    """Names and what they are; ``wordy`` gives each more room."""
    inside = Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*pair) for pair in pairs)
    return Markup('<dl class="facts{}">{}</dl>').format(" wordy" if wordy else "", inside)


def details(title: str, body: Markup) -> Markup:
    """Something that is shown when it is asked for."""
    return Markup("<details><summary>{}</summary>{}</details>").format(title, body)


def picture(colours: NDArray[np.uint8], alternative: str, caption: Markup | str = "") -> Markup:
    """Pixels (H, W, 3) as a figure with words for those who do not see it."""
    height, width = colours.shape[:2]
    image = Markup('<img src="{}" width="{}" height="{}" alt="{}">').format(
        png_address(colours), width, height, alternative
    )
    return Markup("<figure>{}{}</figure>").format(
        image, Markup("<figcaption>{}</figcaption>").format(caption) if caption else ""
    )


def gallery(figures: Iterable[Markup]) -> Markup:
    """Figures side by side."""
    return Markup('<div class="gallery">{}</div>').format(Markup("").join(figures))


def code(text: str) -> Markup:
    """Commands or a program, as they are typed."""
    return Markup('<pre tabindex="0"><code>{}</code></pre>').format(text)


__all__ = [
    "Markup", "Section", "code", "details", "escape", "facts", "gallery", "paragraph", "picture", "scrolling", "table",
]  # fmt: skip
