"""``python -m bench``: measure, print, and write the figures where asked."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import bench
from bench.cases import CASES, GROUPS
from bench.chart import draw_chart
from bench.floors import REFERENCE, SHARES
from bench.machine import describe_machine, with_best_peak
from bench.measure import CaseResult, load_average, measure_case
from bench.peers import PEERS, load_peer
from bench.report import Report, case_line, make_report, report_text, write_json
from bench.startup import measure_startup
from bench.threads import available_cores


def main(arguments: Sequence[str] | None = None) -> Report:
    """Run the bench and return its report."""
    parser = _parser()
    given = parser.parse_args(arguments)
    groups = {group: [case.name for case in cases] for group, cases in GROUPS.items()}
    given.cases, given.peers = _names(parser, given.cases, CASES, groups), _names(parser, given.peers, PEERS, {})
    names = [REFERENCE, *(name for name in given.peers if name != REFERENCE)]
    peers = {name: load_peer(name) for name in names}
    before = load_average()[:1]
    machine = describe_machine()
    waits = None
    if given.startup:
        _say("waits before training")
        waits = measure_startup()
    if given.output:
        given.output.mkdir(parents=True, exist_ok=True)
    results: list[CaseResult] = []

    def reported() -> Report:
        loads = [*before, *load_average()[:1]]
        return make_report(
            results,
            {name: peer.TITLE for name, peer in peers.items()},
            {name: peer.version() if peer.available() else None for name, peer in peers.items()},
            {"rounds": given.rounds, "threads": given.threads, "load_before_and_after": loads},
            machine,
            waits,
        )

    for name in given.cases:  # a long run that is broken off leaves the cases that it had finished
        results.append(measure_case(CASES[name], peers, given.rounds, given.threads, _say, name in SHARES))
        _say("")
        print(case_line(results[-1]), flush=True)
        if given.output:
            write_json(reported(), given.output / "bench.json")
    machine = with_best_peak(machine)
    report = reported()
    print(f"\n{report_text(report)}")
    if given.output:
        write_json(report, given.output / "bench.json")
        if results:
            draw_chart(report, given.output / "bench.svg")
        print(f"\nWritten to {given.output}: bench.json" + (", bench.svg" if results else ""))
    return report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=bench.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--cases", nargs="*", default=list(CASES), metavar="CASE", help=f"of: {', '.join([*GROUPS, *CASES])}")
    add("--peers", nargs="*", default=list(PEERS), metavar="PEER", help=f"of: {', '.join(PEERS)}")
    add("--rounds", type=_positive, default=5, help="interleaved rounds, 5 unless given")
    add(
        "--threads",
        type=_positive,
        default=available_cores(),
        help="the most that every peer may use; all cores unless given",
    )
    add("--output", type=Path, metavar="FOLDER", help="write bench.json and bench.svg there")
    add("--no-startup", dest="startup", action="store_false", help="leave out imports, first training and the command")
    return parser


def _names(
    parser: argparse.ArgumentParser,
    given: Sequence[str],
    known: Collection[str],
    groups: Mapping[str, Sequence[str]],
) -> list[str]:
    """The names, which spaces or commas part; a group's name stands for its members, and none comes twice."""
    words = [name for text in given for name in text.split(",") if name]
    names = list(dict.fromkeys(name for word in words for name in groups.get(word, [word])))
    for name in names:
        if name not in known:
            parser.error(f"unknown name {name!r}; known are: {', '.join(known)}")
    return names


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, got {text}")
    return number


def _say(text: str) -> None:
    """What is being measured, on one line of the terminal."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
