"""The bar chart of a report: step times on a logarithmic scale, with the ratios at the bars' ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# The reference first.
COLOURS = ("#0b7a75", "#d1603d", "#4f6d9a", "#b08ea2", "#8a8d3f", "#7d7d7d", "#c2a33a", "#5b4a72", "#3c3c3c", "#d98aa3")
THICKNESS = 0.27


def draw_chart(report: dict[str, Any], path: Path) -> None:
    """Write the chart; the format follows the path's ending, as in ``bench.svg``."""
    import matplotlib

    matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text, to be searched and read aloud
    from matplotlib.figure import Figure

    cases, reference = report["cases"], report["reference"]
    peers = {name: peer["title"] for name, peer in report["peers"].items() if peer["version"] is not None}
    room = THICKNESS * len(peers) + 0.3
    figure = Figure(figsize=(8.5, 1.5 + 0.85 * room * len(cases)), layout="constrained")
    axes = figure.add_subplot()
    for place, (name, title) in enumerate(peers.items()):
        rows = [(k, case["peers"][name]) for k, case in enumerate(cases) if name in case["peers"]]
        heights = [k * room + place * THICKNESS for k, _ in rows]
        medians = [t["median"] for _, t in rows]
        low = [max(0.0, t["median"] - t["quartiles"][0]) for _, t in rows]
        high = [max(0.0, t["quartiles"][1] - t["median"]) for _, t in rows]
        axes.barh(
            heights, medians, THICKNESS * 0.92, label=title, color=COLOURS[place % len(COLOURS)],
            xerr=(low, high), error_kw={"ecolor": "#333333", "elinewidth": 1.0},
        )  # fmt: skip
        for height, end, (_, t) in zip(heights, (m + h for m, h in zip(medians, high, strict=True)), rows, strict=True):
            words = duration(t["median"]) + ("" if name == reference or not t["ratio"] else f"   {t['ratio']:.1f}×")
            axes.annotate(words, (end, height), xytext=(5, 0), textcoords="offset points", va="center", fontsize=8.5)
    middle = THICKNESS * (len(peers) - 1) / 2
    axes.set_yticks([k * room + middle for k in range(len(cases))], [_label(c) for c in cases])
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set_xscale("log")
    least = min(t["least"] for case in cases for t in case["peers"].values())
    most = max(max(t["microseconds"]) for case in cases for t in case["peers"].values())
    axes.set_xlim(least / 2, most * 6)  # room for the words at the bars' ends
    axes.xaxis.set_major_formatter(lambda value, _: duration(value))
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set_xlabel(_axis_label({case["program"] for case in cases}))
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    threads = report["settings"]["threads"]
    title = f"{report['machine']['processor']}, {threads} thread{'s' if threads > 1 else ''}"
    axes.set_title(title, fontsize=10, loc="left", pad=14 * (2 + (len(peers) - 1) // 4))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=min(len(peers), 4), frameon=False, borderaxespad=0.2)
    figure.savefig(path, dpi=130)


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
