"""The bar chart of a report: step times on a logarithmic scale, with the ratios at the bars' ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pellucid.views.chart.plot import headline, plot_in
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.palette import CLASS_HUES
from pellucid.views.diagram.picture import Diagram, finished
from pellucid.views.diagram.text import width_of

WIDE = 560.0
BAR, APART = 17.0, 20.0  # a bar's place, and what lies between two cases
ENTRIES = 3  # of the legend in a row


def draw_chart(report: dict[str, Any], path: Path) -> None:
    """Write the chart; the format follows the path's ending, as in ``bench.svg``."""
    chart(report).save(path)


def chart(report: dict[str, Any]) -> Diagram:
    """A bar for each case and program: the median, with a whisker between the quartiles."""
    cases, reference = report["cases"], report["reference"]
    peers = {name: peer["title"] for name, peer in report["peers"].items() if peer["version"] is not None}
    hues = {name: CLASS_HUES[k % len(CLASS_HUES)] for k, name in enumerate(peers)}
    rows = [[(name, case["peers"][name]) for name in peers if name in case["peers"]] for case in cases]
    least = min(t["least"] for case in cases for t in case["peers"].values()) / 1.6
    most = max(max(t["microseconds"]) for case in cases for t in case["peers"].values()) * 5  # room for words
    high = BAR * sum(map(len, rows)) + APART * len(cases)
    c = Canvas()
    plot = plot_in(c, Box(0, 0, WIDE, high), (least, most), (high, 0), log_x=True)
    for tick in plot.x.ticks(8):
        at = float(plot.x(tick))
        c.line((at, 0), (at, high), "grid", 1)
        c.text(at, high + 13, duration(tick), size=10, colour="muted", anchor="middle")
    top = APART / 2
    for case, found in zip(cases, rows, strict=True):
        for k, words in enumerate(_label(case).split("\n")):
            middle = top + BAR * len(found) / 2
            c.text(-10, middle + 14 * k - 7, words, size=11 - k, anchor="end", colour="muted" if k else "ink")
        for name, t in found:
            low, up = (float(n) for n in t["quartiles"])
            tip = f"{peers[name]}, {_label(case)}: {duration(t['median'])}".replace("\n", ", ")
            plot.bar((least, t["median"]), (top + 1.5, top + BAR - 1.5), hues[name], opacity=0.9, tip=tip)
            plot.whisker(top + BAR / 2, max(low, least), max(up, t["median"]), "ink", across=True)
            words = duration(t["median"]) + ("" if name == reference or not t["ratio"] else f" · {t['ratio']:.1f}×")
            c.text(float(plot.x(max(up, t["median"]))) + 7, top + BAR / 2, words, size=10)
            top += BAR
        top += APART
    c.text(WIDE / 2, high + 33, _axis_label({case["program"] for case in cases}), size=11, anchor="middle")
    step = max(WIDE / ENTRIES, max(width_of(title, 10) for title in peers.values()) + 34)
    lines = -(-len(peers) // ENTRIES)
    for k, (name, title) in enumerate(peers.items()):
        left, at = k % ENTRIES * step, -14.0 - 18 * (lines - 1 - k // ENTRIES)
        c.rect(Box(left, at - 5, left + 12, at + 5), hues[name], radius=2)
        c.text(left + 18, at, title, size=10)
    threads = report["settings"]["threads"]
    title = f"{report['machine']['processor']}, {threads} thread{'s' if threads > 1 else ''}"
    headline(c, title)
    return finished(c, title, f"{len(cases)} cases, {len(peers)} programs; bars are medians, whiskers quartiles.")


def _label(case: dict[str, Any]) -> str:
    """A case's name, and what one step of it takes."""
    rows, name = case["batch_size"], case["case"].partition("/")[0]
    return f"{name}\nbatch {rows}" if case["program"] == "train" else f"{name}\npredict {rows}"


def _axis_label(programs: set[str]) -> str:
    kinds = ["a training step: forward, backward, Adam"] if "train" in programs else []
    kinds += ["a call that predicts"] if programs - {"train"} else []
    return f"time of {' or of '.join(kinds)} (logarithmic; shorter is better)"


def duration(microseconds: float) -> str:
    """With its unit."""
    if microseconds >= 1_000_000:
        return f"{microseconds / 1e6:.3g} s"
    if microseconds >= 1000:
        return f"{microseconds / 1000:.3g} ms"
    return f"{microseconds:.3g} µs"
