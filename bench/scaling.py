"""What a training step and an epoch cost against size, with fitted exponents.

    python -m bench.scaling [--only width,depth] [--rounds 3] [--output FOLDER]
    python -m bench.scaling --tables                    also tables wider and longer than the memory they may take

In each series one size grows and the others stay. Its exponent is the slope of the line through the logarithms, by
least squares: 1 means twice as much for twice the size. The second exponent is that of the upper half, where what every
step costs, however small, weighs less. Threads have the exponent −1 at best.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench.cases import Case
from bench.chart import duration
from bench.layers import DenseLayer
from bench.machine import processor
from bench.peers.pellucid_fit import network
from bench.report import table
from bench.threads import available_cores
from pellucid.views.chart.plot import headline, plot_in
from pellucid.views.diagram.canvas import Box, Canvas
from pellucid.views.diagram.picture import finished
from pellucid.views.diagram.text import wrapped

SECONDS = 0.1  # of a measurement, about
MOST_ROWS = 200_000_000  # numbers of features


def _case(inputs: int, units: Sequence[int], batch_size: int, rows: int) -> Case:
    layers = (*(DenseLayer(u, "relu") for u in units[:-1]), DenseLayer(units[-1], "softmax"))
    name = "-".join(map(str, (inputs, *units)))
    return Case(name, (inputs,), layers, "categorical_crossentropy", batch_size, rows)


@dataclass(frozen=True)
class Series:
    """One size that grows.

    Attributes
    ----------
    what : str
        The network and what stays.
    sizes : tuple of int
    case : callable
        (size, rows) to a case; rows is None where the size is the rows.
    whole : bool
        Whether the time is that of an epoch rather than of a step.
    """

    what: str
    sizes: tuple[int, ...]
    case: Callable[[int, int], Case]
    whole: bool = False
    threads: bool = False


def _powers(first: int, last: int, factor: int = 2) -> tuple[int, ...]:
    return tuple(first * factor**k for k in range(64) if first * factor**k <= last)


def series(cores: int) -> dict[str, Series]:
    """All series, by name."""
    return {
        "samples": Series(
            "epoch of 64-32-10, batch 32", _powers(2_000, 512_000, 4), lambda n, _: _case(64, (32, 10), 32, n), True
        ),
        "features": Series(
            "step of n-64-10, batch 64", _powers(16, 8_192, 2), lambda n, rows: _case(n, (64, 10), 64, rows)
        ),
        "width": Series(
            "step of 64-n-n-10, batch 64", _powers(8, 1_024), lambda n, rows: _case(64, (n, n, 10), 64, rows)
        ),
        "depth": Series(
            "step of 64-(n × 64)-10, batch 64", _powers(1, 64), lambda n, rows: _case(64, (*[64] * n, 10), 64, rows)
        ),
        "batch": Series(
            "step of 784-128-10, batch n", _powers(1, 4_096), lambda n, rows: _case(784, (128, 10), n, rows)
        ),
        "threads": Series(
            "step of 784-512-512-10, batch 256, n threads", tuple(range(1, cores + 1)),
            lambda n, rows: _case(784, (512, 512, 10), 256, rows), threads=True,
        ),
    }  # fmt: skip


def upper_half(sizes: Sequence[float]) -> int:
    """Where it begins: at least two sizes belong to it."""
    return max(0, min(len(sizes) // 2, len(sizes) - 2))


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The slope of log value against log size, by least squares; NaN with fewer than two sizes."""
    if len(sizes) < 2:
        return float("nan")
    x, y = np.log(np.asarray(sizes, float)), np.log(np.asarray(values, float))
    x = x - x.mean()
    return float(x @ (y - y.mean()) / (x @ x))


def measure(one: Series, size: int, rounds: int, threads: int) -> float:
    """Microseconds of a step, or of an epoch: the median of several epochs, after one that is not counted."""
    count = size if one.threads else threads
    case = one.case(size, 0)
    if not case.rows:
        guess = max(20e-6 / 4, case.flops / 20e9)  # seconds of a step
        steps = int(min(5_000, max(4, SECONDS / guess)))
        case = one.case(size, max(case.batch_size, min(steps * case.batch_size, MOST_ROWS // case.inputs[0])))
    X, y = case.data()
    net = network(case)
    seconds = []
    for _ in range(1 + rounds):
        began = time.perf_counter()
        net.fit(X, y, epochs=1, batch_size=case.batch_size, threads=count, verbose=0)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:])) * 1e6 / (1 if one.whole else case.steps)


def measure_series(name: str, one: Series, rounds: int, threads: int) -> dict[str, Any]:
    """Times by size, and the exponents, as plain data; each time is printed as soon as it is there."""
    found = []
    print(f"{name}: {one.what}")
    for size in one.sizes:
        found.append(measure(one, size, rounds, threads))
        print(f"  {size:9,}  {found[-1]:14,.1f} µs", flush=True)
    half = upper_half(one.sizes)
    return {
        "series": name,
        "what": one.what,
        "sizes": list(one.sizes),
        "microseconds": found,
        "exponent": exponent(one.sizes, found),
        "upper_exponent": exponent(one.sizes[half:], found[half:]),
    }


def scaling_text(all_series: Sequence[dict[str, Any]]) -> str:
    """The exponents, a line for each series."""
    rows = [["cost against", "of", "from", "to", "µs from", "µs to", "exponent", "of the upper half"]]
    for s in all_series:
        ends = [f"{s['sizes'][k]:,}" for k in (0, -1)] + [f"{s['microseconds'][k]:,.1f}" for k in (0, -1)]
        rows.append([s["series"], s["what"], *ends, _number(s["exponent"]), _number(s["upper_exponent"])])
    return table(rows)


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.2f}"


def draw(all_series: Sequence[dict[str, Any]], title: str, path: Path) -> None:
    """A panel for each series: the times, and the fitted line of the upper half."""
    c = Canvas()
    for place, s in enumerate(all_series):
        left, top = place % 3 * 330.0, place // 3 * 270.0
        sizes, values = np.array(s["sizes"], float), np.array(s["microseconds"], float)
        ends = (float(values.min()) / 1.6, float(values.max()) * 2.5)
        across = (float(sizes.min()) / 1.15, float(sizes.max()) * 1.15)
        plot = plot_in(c, Box(left, top, left + 240, top + 170), across, ends, log_x=True, log_y=True)
        plot.frame(s["series"], "", x_numbers=False, y_ticks=4, form=duration)
        for size in s["sizes"][:: -(-len(s["sizes"]) // 5)]:
            c.text(float(plot.x(size)), top + 182, f"{size:,}", size=9.5, colour="muted", anchor="middle")
        for k, line in enumerate(wrapped(s["what"], 290, 10.5, bold=True)[::-1]):
            c.text(left, top - 14 - 14 * k, line, size=10.5, bold=True)
        plot.line(sizes, values, "input", 1.6, kind="times")
        plot.points(sizes, values, "input", 6, 1.0)
        half = upper_half(s["sizes"])
        if not np.isnan(s["upper_exponent"]):
            x = sizes[half:]
            centre = np.exp(np.log(values[half:]).mean()), np.exp(np.log(x).mean())
            fitted = centre[0] * (x / centre[1]) ** s["upper_exponent"]
            plot.line(x, fitted, "negative", 1.4, dashed=True, kind="fit")
            c.text(left + 9, top + 12, f"exponent {s['upper_exponent']:.2f}", size=10, colour="negative")
    headline(c, title)
    finished(c, title, "Time over size, both axes logarithmic; dashed: the fit of the upper half.").save(path)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, print series by series, and return everything as plain data."""
    cores = available_cores()
    known = series(cores)
    parser = argparse.ArgumentParser(
        prog="python -m bench.scaling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", default=",".join(known), metavar="SERIES", help=f"of: {', '.join(known)}; or none")
    parser.add_argument("--rounds", type=int, default=3, help="epochs that are timed, 3 unless given")
    parser.add_argument("--threads", type=int, default=cores, help="all cores unless given")
    parser.add_argument("--sizes", type=int, help="so many sizes of each series, the smallest ones")
    parser.add_argument("--tables", action="store_true", help="also tables larger than the memory they may take")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="write scaling.json and scaling.svg there")
    given = parser.parse_args(arguments)
    names = [name for name in given.only.split(",") if name and name != "none"]
    for name in names:
        if name not in known:
            parser.error(f"unknown name {name!r}; known are: {', '.join(known)}")
    measured = []
    for name in names:
        one = known[name]
        if given.sizes:
            one = Series(one.what, one.sizes[: given.sizes], one.case, one.whole, one.threads)
        measured.append(measure_series(name, one, given.rounds, given.threads))
    found: dict[str, Any] = {"processor": processor(), "threads": given.threads, "series": measured}
    if measured:
        print(f"\n{scaling_text(measured)}", flush=True)
    if given.tables:
        from bench.larger_than_memory import measure_tables

        found["tables"] = measure_tables()
    if given.output:
        given.output.mkdir(parents=True, exist_ok=True)
        (given.output / "scaling.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
        if measured:
            draw(measured, f"{found['processor']}, {given.threads} threads", given.output / "scaling.svg")
        print(f"\nWritten to {given.output}: scaling.json" + (", scaling.svg" if measured else ""))
    return found


if __name__ == "__main__":
    main()
