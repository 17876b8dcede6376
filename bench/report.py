"""The report of a run: one plain-data value, its text, and its file. Ratios come first: they can be compared."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.floors import REFERENCE, WORDS, check_floors
from bench.measure import CaseResult

Report = dict[str, Any]
# The heads of a table's first two columns, and the programs in it.
PROGRAMS = {"training step|batch": ("train",), "prediction|rows": ("predict_one", "predict_many")}


def make_report(
    results: Sequence[CaseResult],
    titles: Mapping[str, str],
    versions: Mapping[str, str | None],
    settings: Mapping[str, Any],
    machine: Mapping[str, Any],
    waits: Mapping[str, Any] | None = None,
) -> Report:
    """Everything of a run as plain data, fit for JSON."""
    return {
        "machine": dict(machine),
        "settings": dict(settings),
        "reference": REFERENCE,
        "peers": {name: {"title": title, "version": versions[name]} for name, title in titles.items()},
        "cases": [_case(result) for result in results],
        "startup": None if waits is None else dict(waits),
        "floors": [asdict(floor) | {"met": floor.met} for floor in check_floors(results, waits)],
    }


def _case(result: CaseResult) -> dict[str, Any]:
    case = result.case
    measured = {
        name: {
            "note": t.note,
            "steps": t.steps,
            "median": t.median,
            "least": t.least,
            "quartiles": list(t.quartiles),
            "microseconds": list(t.microseconds),
            "gflops": case.flops / t.median / 1e3,
            "ratio": result.ratio(name, REFERENCE) if REFERENCE in result.timings else None,
            "least_ratio": t.least / result.timings[REFERENCE].least if REFERENCE in result.timings else None,
        }
        for name, t in result.timings.items()
    }
    return {
        "case": case.name,
        "program": case.program,
        "layers": [str(layer) for layer in case.layers],
        "loss": case.loss,
        "batch_size": case.batch_size,
        "rows": case.rows,
        "peers": measured,
        "missing": dict(result.missing),
        "products": list(result.products),
    }


def write_json(report: Report, path: Path) -> None:
    """Write the report."""
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def report_text(report: Report) -> str:
    """The report, readable."""
    parts = [_heading(report)]
    if report["cases"]:
        parts += [_ratios(report), _times(report), *_absences(report)]
    if report["startup"]:
        parts.append(_waits(report["startup"]))
    if report["floors"]:
        parts.append(_floors(report["floors"]))
    return "\n\n".join(parts)


def _heading(report: Report) -> str:
    machine, settings = report["machine"], report["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    loads = " and ".join(f"{load:.2f}" for load in settings["load_before_and_after"])
    return "\n".join(
        [
            f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; matrix product "
            f"{machine['gflops_one_core']:.0f} GFLOP/s on one core, {machine['gflops_all_cores']:.0f} on all",
            versions,
            f"at most {settings['threads']} threads for all, {settings['rounds']} interleaved rounds"
            + (f"; the machine's load before and after: {loads}" if loads else ""),
        ]
    )


def case_line(result: CaseResult) -> str:
    """A finished case in one line: step times, and whose they are."""
    times = ", ".join(f"{name} {_number(t.median)}" for name, t in result.timings.items())
    return f"{result.case.name}, µs: {times}" + (f"; {', '.join(result.missing)}: none" if result.missing else "")


def _ratios(report: Report) -> str:
    tables = []
    for head, programs in PROGRAMS.items():
        cases = [case for case in report["cases"] if case["program"] in programs]
        if cases:
            tables.append(_ratios_of(head, cases, report))
    return "Of medians, of least:\n" + "\n\n".join(tables)


def _ratios_of(head: str, cases: Sequence[Mapping[str, Any]], report: Report) -> str:
    reference, peers = report["reference"], report["peers"]
    others = [name for name in peers if name != reference]
    rows = [[*head.split("|"), *(f"{peers[name]['title']} ÷ {peers[reference]['title']}" for name in others)]]
    for case in cases:
        cells = [case["case"], str(case["batch_size"])]
        for name in others:
            t = case["peers"].get(name, {})
            cells.append(
                case["missing"].get(name, "–").partition(":")[0]
                if t.get("ratio") is None
                else f"{t['ratio']:.1f}×, {t['least_ratio']:.1f}×"
            )
        rows.append(cells)
    return table(rows)


def _times(report: Report) -> str:
    peers, machine = report["peers"], report["machine"]
    one, every = machine["gflops_one_core"], machine["gflops_all_cores"]
    heads = ["median", "quartiles", "least", "GFLOP/s", f"of {one:.0f} (one core)", f"of {every:.0f} (all)"]
    rows = [["microseconds a step or call", *heads]]
    remarks = []
    for case in report["cases"]:
        for name, peer in peers.items():
            title = f"{case['case']}, {peer['title']}"
            t = case["peers"].get(name)
            if t is None:
                rows.append([title, *("–" * len(heads))])
                remarks.append(f"{title}: {case['missing'][name]}")
                continue
            shares = [f"{t['gflops'] / peak:.0%}" for peak in (one, every)]
            quartiles = "–".join(map(_number, t["quartiles"]))
            rows.append([title, _number(t["median"]), quartiles, _number(t["least"]), f"{t['gflops']:.3g}", *shares])
            remarks.append(f"{title}: {t['note']}")
        if case["products"]:
            speed = statistics.median(case["products"])
            shares = [f"{speed / peak:.0%}" for peak in (one, every)]
            rows.append([f"{case['case']}, matrix products beside it", "–", "–", "–", f"{speed:.3g}", *shares])
    return "\n".join([table(rows), "", *remarks])


def _absences(report: Report) -> list[str]:
    absent = [peer["title"] for peer in report["peers"].values() if peer["version"] is None]
    return [f"Absent: {', '.join(absent)}."] if absent else []


def _waits(waits: Mapping[str, float | None]) -> str:
    rows = [["waits", "seconds"]]
    rows += [[words, "absent" if waits[name] is None else f"{waits[name]:.3f}"] for name, words in WORDS.items()]
    return table(rows)


def _floors(floors: Sequence[Mapping[str, Any]]) -> str:
    rows = [["floors", "measured", "promised", ""]]
    for floor in floors:
        sign = "≥" if floor["at_least"] else "≤"
        verdict = "met" if floor["met"] else "NOT MET"
        rows.append([floor["what"], f"{floor['measured']:.3g}", f"{sign} {floor['bound']:g}", verdict])
    return table(rows)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side: the first to the left, the others to the right, a rule under the heads."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "─" * (sum(widths) + 2 * len(widths) - 2), *lines[1:]])


def _number(value: float) -> str:
    """Three digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
