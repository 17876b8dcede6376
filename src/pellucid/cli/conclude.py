"""What ``pellucid train`` does after it has trained: the result, its pictures, the report, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid.cli.folds import Folds
    from pellucid.cli.outcome import Outcome
    from pellucid.cli.show import Page
    from pellucid.network import Network
    from pellucid.record.run_folder import RunFolder
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source
    from pellucid.training.snapshots import Snapshots


def wants_evaluation(asked: bool | None, given: str) -> bool:
    """Whether a training on SOURCE writes its evaluation: as asked for, else where the data are the user's own."""
    from pellucid.sources.source import NAMES

    return given not in NAMES if asked is None else asked


def judge(page: Page, net: Network, source: Source, rows: Rows, threads: int | None) -> Outcome:
    """Figures of the result, which are printed too."""
    from pellucid.cli.outcome import measure, show_outcome, usual
    from pellucid.sources.picture_files import broken_pictures, broken_text

    says = usual(rows.train.y, source.class_names or None)
    outcome = measure(net, rows.judge.X, rows.judge.y, rows.kind, says, threads, getattr(rows.judge, "paths", ()))
    page.text()
    show_outcome(page, outcome)
    left_out = broken_pictures(source.data)
    if left_out:
        total = source.data.n + (source.data.test.n if source.data.test else 0) + len(left_out)
        page.text()
        page.text(broken_text(left_out, total))
    return outcome


def add_evaluation(
    page: Page, folder: RunFolder, net: Network, source: Source, rows: Rows, threads: int | None
) -> None:  # fmt: skip
    """Pictures and data of the result; the run is saved already, so Ctrl-C costs nothing but these."""
    from pellucid.cli.outcome import evaluation_of
    from pellucid.record.run_folder import EVALUATION

    X, y = rows.judge.X, rows.judge.y
    try:
        folder.add_evaluation(evaluation_of(net, X, y, source.target, threads, page.quiet).files())
    except KeyboardInterrupt:
        page.text("Stopped by Ctrl-C; the run is saved, without its evaluation.")
        return
    page.text()
    page.prose(f"Curves and pictures of this result, each with its data: {folder.path / EVALUATION}.")


def add_folds(page: Page, folder: RunFolder, validated: Folds) -> None:
    """Figures of every fold, and how much each column matters."""
    from pellucid.record.run_folder import EVALUATION

    folder.add_evaluation(validated.files())
    page.text()
    page.prose(f"Figures of every fold, and the weight of each column: {folder.path / EVALUATION}.")


def write_report(
    page: Page, folder: RunFolder, net: Network, source: Source, rows: Rows, snapshots: Snapshots | None
) -> None:  # fmt: skip
    """The report; the run is saved already, so Ctrl-C costs nothing but this."""
    from pellucid.cli.report import add_report
    from pellucid.record.run import read_run

    file = folder.path / "report.html"
    try:
        add_report(net, file, source, rows, read_run(folder.path), snapshots)
    except KeyboardInterrupt:
        page.text("Stopped by Ctrl-C; the run is saved, without its report.")
        return
    page.text()
    page.prose(f"Report: {file} ({file.stat().st_size / 1e6:.1f} MB).")


def say_next(page: Page, folder: Path, source: Source, rows: Rows, quiet: bool, *, stopped: bool, report: bool) -> None:
    """Where the run was saved, and the commands that take it further.

    Parameters
    ----------
    stopped : bool
        Whether Ctrl-C ended the training, so that it can be gone on with.
    report : bool
        Whether the report is there already.
    """
    from pellucid.cli.show import command

    if quiet:
        print(folder)
        return
    page.text()
    page.prose(f"Saved in {folder}: model.pellucid, config.json, history.csv, history.json, result.json.")
    page.text()
    page.text("Next:")
    paths = getattr(rows.judge, "paths", ())
    words = [paths[0], "--top", "3"] if paths else [source.given, "--limit", "5"]
    if stopped:
        page.text(f"  {command('pellucid', 'train', '--resume', folder)}")
    page.text(f"  {command('pellucid', 'predict', folder / 'model.pellucid', *words)}")
    for name in ("evaluate", "doctor", *(() if report else ("report",)), "summary"):
        page.text(f"  {command('pellucid', name, folder)}")
