"""What is drawn on: shapes and words, as SVG. It knows its own extent and where every word lies."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.views.diagram.palette import DARK, LIGHT
from pellucid.views.diagram.text import FONTS, width_of

MARGIN = 24


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two have a point in common that is not on their borders."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True)
class Label:
    """Words, and where they lie."""

    words: str
    box: Box


class Canvas:
    """Collects shapes. Colours are names of the palette; a colour of the dark palette takes its place in the dark."""

    def __init__(self) -> None:
        self.labels: list[Label] = []
        self._parts: list[str] = []
        self._box: Box | None = None
        self._colours: set[str] = set()

    @property
    def box(self) -> Box:
        """The extent of everything so far."""
        return self._box or Box(0, 0, 0, 0)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float, opacity: float = 1.0,
        *, kind: str = "", tip: str = "", dashed: bool = False,
    ) -> None:  # fmt: skip
        """A straight line; ``kind`` names what it stands for, ``tip`` is shown under the pointer."""
        (x1, y1), (x2, y2) = start, end
        self._grow(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        place = f'x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}"'
        more = f'{_data(kind)} stroke-width="{width:.3g}"{_opacity("stroke", opacity)}{dashes} stroke-linecap="round"'
        self._add("line", f"{place}{self._colour(stroke=colour)}{more}", tip)

    def curve(
        self, path: str, corners: Box, colour: str, width: float = 1.5, *, dashed: bool = False, opacity: float = 1.0,
        kind: str = "", tip: str = "",
    ) -> None:  # fmt: skip
        """An open path within ``corners``."""
        self._grow(corners.left, corners.top, corners.right, corners.bottom)
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        paint = self._colour(stroke=colour) + _data(kind) + _opacity("stroke", opacity)
        more = f'fill="none" stroke-width="{width:.3g}" stroke-linejoin="round" stroke-linecap="round"{dashes}'
        self._add("path", f'd="{path}"{paint} {more}', tip)

    def area(self, path: str, colour: str, *, opacity: float = 1.0, kind: str = "") -> None:
        """A filled path, such as the head of an arrow; it does not count for the extent."""
        self._add("path", f'd="{path}"{self._colour(fill=colour)}{_data(kind)}{_opacity("fill", opacity)}')

    def circle(
        self, x: float, y: float, radius: float, fill: str, *, stroke: str = "", width: float = 1.5,
        opacity: float = 1.0, kind: str = "", tip: str = "",
    ) -> None:  # fmt: skip
        """A circle."""
        reach = radius + (width / 2 if stroke else 0)
        self._grow(x - reach, y - reach, x + reach, y + reach)
        line = f' stroke-width="{width:.3g}"' if stroke else ""
        paint = self._colour(fill=fill or None, stroke=stroke or None) + ("" if fill else ' fill="none"')
        place = f'cx="{_n(x)}" cy="{_n(y)}" r="{_n(radius)}"'
        self._add("circle", f"{place}{paint}{line}{_data(kind)}{_opacity('fill', opacity)}", tip)

    def rect(
        self, box: Box, fill: str, *, stroke: str = "", width: float = 1.2, radius: float = 6, opacity: float = 1.0,
        dashed: bool = False, kind: str = "", tip: str = "",
    ) -> None:  # fmt: skip
        """A rectangle with round corners."""
        self._grow(box.left, box.top, box.right, box.bottom)
        line = f' stroke-width="{width:.3g}"' if stroke else ""
        dashes = ' stroke-dasharray="4 3"' if dashed else ""
        paint = self._colour(fill=fill or None, stroke=stroke or None) + ("" if fill else ' fill="none"')
        place = f'x="{_n(box.left)}" y="{_n(box.top)}" width="{_n(box.right - box.left)}"'
        place += f' height="{_n(box.bottom - box.top)}" rx="{_n(radius)}"'
        self._add("rect", f"{place}{paint}{line}{dashes}{_data(kind)}{_opacity('fill', opacity)}", tip)

    def picture(
        self, x: float, y: float, width: float, height: float, colours: NDArray[np.uint8], *, kind: str = "",
        tip: str = "", frame: str = "faint", smooth: bool = False,
    ) -> None:  # fmt: skip
        """Pixels (H, W, 3), or with how opaque they are (H, W, 4), around the middle (x, y).

        Each is a square with sharp edges, unless the picture is ``smooth``; ``frame=""`` leaves its frame out.
        """
        self._grow(x - width / 2 - 1, y - height / 2 - 1, x + width / 2 + 1, y + height / 2 + 1)
        place = f'x="{_n(x - width / 2)}" y="{_n(y - height / 2)}" width="{_n(width)}" height="{_n(height)}"'
        address = png_address(colours if smooth else enlarged(colours, width, height))
        edges = "" if smooth else ' style="image-rendering:pixelated"'
        self._add("image", f'{place} preserveAspectRatio="none"{edges}{_data(kind)} href="{address}"', tip)
        if frame:
            width_of_frame = 1 if frame == "faint" else 2
            self._add("rect", f'{place} fill="none"{self._colour(stroke=frame)} stroke-width="{width_of_frame}"')

    def text(
        self, x: float, y: float, words: str, *, size: float = 11, colour: str = "ink", anchor: str = "start",
        bold: bool = False, halo: bool = False, turned: bool = False, kind: str = "",
    ) -> None:  # fmt: skip
        """A line of text; (x, y) is its start, middle or end at half the height of its letters.

        ``halo`` puts paper behind the letters, so that lines do not run through them; ``turned`` writes upwards.
        """
        wide = width_of(words, size, bold)
        before = {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        if turned:
            box = Box(x - 0.55 * size, y - wide + before, x + 0.55 * size, y + before)
        else:
            box = Box(x - before, y - 0.55 * size, x - before + wide, y + 0.55 * size)
        self._grow(box.left, box.top, box.right, box.bottom)
        self.labels.append(Label(words, box))
        base = 0.36 * size
        place = f'x="{_n(x)}" y="{_n(y + base)}"'
        if turned:
            place = f'transform="translate({_n(x + base)} {_n(y)}) rotate(-90)"'
        weight = ' font-weight="600"' if bold else ""
        end = "" if anchor == "start" else f' text-anchor="{anchor}"'
        paint = self._colour(fill=colour)
        if halo:
            self.rect(Box(box.left - 2, box.top, box.right + 2, box.bottom), "paper", radius=3)
        self._parts.append(
            f'<text {place} font-size="{size:g}"{weight}{end}{paint}{_data(kind)}>{escape(words, quote=False)}</text>'
        )

    def overlaps(self) -> list[tuple[str, str]]:
        """Pairs of words that lie on one another."""
        return [
            (a.words, b.words) for k, a in enumerate(self.labels) for b in self.labels[k + 1 :] if a.box.meets(b.box)
        ]

    def finish(self, title: str, description: str, theme: str) -> str:
        """The SVG: everything on paper, with a margin, a title and a description for those who cannot see it."""
        box, body = self.box, "".join(self._parts)
        left, top = box.left - MARGIN, box.top - MARGIN
        width, height = box.right - box.left + 2 * MARGIN, box.bottom - box.top + 2 * MARGIN
        name = "pd" + hashlib.blake2s((body + theme).encode(), digest_size=5).hexdigest()
        paper = f'<rect x="{_n(left)}" y="{_n(top)}" width="{_n(width)}" height="{_n(height)}"'
        paper += f"{self._colour(fill='paper')}/>"
        style = "" if theme == "light" else self._style(name, theme)
        head = f'<svg xmlns="http://www.w3.org/2000/svg" id="{name}" role="img" aria-labelledby="{name}-t {name}-d"'
        head += f' viewBox="{_n(left)} {_n(top)} {_n(width)} {_n(height)}" width="{_n(width)}" height="{_n(height)}"'
        head += f' font-family="{FONTS}">'
        about = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
        return f"{head}{about}{style}{paper}{body}</svg>\n"

    def _style(self, name: str, theme: str) -> str:
        rules = []
        for use in sorted(self._colours):
            paint, colour = use.split("-")
            rules.append(f"#{name} .{use}{{{'fill' if paint == 'f' else 'stroke'}:{DARK[colour]}}}")
        text = "".join(rules)
        return f"<style>{text if theme == 'dark' else f'@media (prefers-color-scheme:dark){{{text}}}'}</style>"

    def _colour(self, fill: str | None = None, stroke: str | None = None) -> str:
        classes, text = [], ""
        for short, paint, colour in (("f", "fill", fill), ("s", "stroke", stroke)):
            if colour is not None:
                classes.append(f"{short}-{colour}")
                text += f' {paint}="{LIGHT[colour]}"'
        self._colours.update(classes)
        return f' class="{" ".join(classes)}"{text}' if classes else ""

    def _add(self, tag: str, attributes: str, tip: str = "") -> None:
        end = f"><title>{escape(tip, quote=False)}</title></{tag}>" if tip else "/>"
        self._parts.append(f"<{tag} {attributes}{end}")

    def _grow(self, left: float, top: float, right: float, bottom: float) -> None:
        old = self._box or Box(left, top, right, bottom)
        self._box = Box(
            min(old.left, left), min(old.top, top), max(old.right, right), max(old.bottom, bottom)
        )  # fmt: skip


def enlarged(colours: NDArray[np.uint8], width: float, height: float) -> NDArray[np.uint8]:
    """The pixels repeated until they are about as many as are shown, since not every viewer keeps edges sharp."""
    H, W = colours.shape[:2]
    times = max(1, min(16, round(1.5 * max(width / W, height / H))))
    return np.repeat(np.repeat(colours, times, axis=0), times, axis=1)


def png_address(colours: Any) -> str:
    """Pixels (H, W, 3) or (H, W, 4) as the address of a PNG picture that holds the picture itself."""
    from PIL import Image

    file, pixels = io.BytesIO(), np.ascontiguousarray(colours, np.uint8)
    picture = Image.fromarray(pixels)
    if pixels.shape[2] == 3:
        palette, places = np.unique(pixels.reshape(-1, 3), axis=0, return_inverse=True)
        if len(palette) <= 256:  # a byte a pixel is enough
            picture = Image.fromarray(places.reshape(pixels.shape[:2]).astype(np.uint8))
            picture.putpalette(palette.tobytes())
    picture.save(file, "png", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _data(kind: str) -> str:
    return f' data-is="{kind}"' if kind else ""


def _opacity(paint: str, opacity: float) -> str:
    return "" if opacity >= 1 else f' {paint}-opacity="{opacity:.3g}"'
