"""``pellucid report RUN``: one HTML file about a training."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pellucid.cli import options as o
from pellucid.cli import picture_options as po
from pellucid.cli.failures import Debug

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.run import Run
    from pellucid.sources.rows import Rows
    from pellucid.sources.source import Source
    from pellucid.training.snapshots import Snapshots

EPILOG = """The file holds everything that it shows: it opens from disk, without a server or a network. pellucid train
--report writes one at the end of a training, with the replay.

Examples:

  pellucid report runs/digits-2025-01-31-120000

  pellucid report runs/digits-2025-01-31-120000 --replay --output digits.html

  pellucid report model.pellucid more-flowers.csv --output flowers.html"""


def report(
    model: o.Model,
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="SOURCE",
            help="Rows to judge by, as for pellucid evaluate. [default: a run's own, those that it was judged by]",
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file, .html. [default: report.html in the run folder]"),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Train once more, to the same bits, to show how the weights came about.")
    ] = False,
    target: o.Target = None,
    data: o.Data = None,
    broken: po.Broken = None,
    stream: po.Stream = None,
    debug: Debug = False,
) -> None:
    """Write an HTML report: data, network, diagram, curves, confusion matrix, worst mistakes, and how to repeat it."""
    from pellucid.cli.judged import rows_for
    from pellucid.cli.models import open_model
    from pellucid.errors import DataError

    opened = open_model(model)
    material, rows = rows_for(opened, source, target, data, broken, stream)
    if replay and opened.run is None:
        raise DataError(f"{model}: --replay trains a run again, and only a run folder knows how. Leave it out.")
    snapshots = _train_again(opened.run) if replay and opened.run is not None else None
    folder = None if opened.run is None else opened.run.path
    file = output or (model.with_suffix(".html") if folder is None else folder / "report.html")
    add_report(opened.net, file, material, rows, opened.run, snapshots)
    print(f"Report: {file} ({file.stat().st_size / 1e6:.1f} MB)")


def add_report(
    net: Network, file: Path, material: Source, rows: Rows, run: Run | None, snapshots: Snapshots | None
) -> None:
    """Write the report of a network on the rows that it is judged by."""
    from pellucid.cli.judged import inputs_of
    from pellucid.views.report import write_report

    X, paths = inputs_of(net, material, rows.judge), getattr(rows.judge, "paths", ())
    trained = (inputs_of(net, material, rows.train), rows.train.y) if rows.held_out else None
    write_report(net, file, X, rows.judge.y, snapshots=snapshots, rows=rows.kind, run=run, paths=paths,
                 training_data=trained)  # fmt: skip


def _train_again(run: Run) -> Snapshots:
    """The snapshots of a run's training, done once more."""
    from pellucid.cli.again import train_again
    from pellucid.cli.work import Repeated
    from pellucid.training.snapshots import Snapshots

    class Recorded(Repeated):
        """Keeps the weights of some epochs."""

        def fit(self, net: Network, X: Any, y: Any, callbacks: list[Any], **options: Any) -> Any:
            return super().fit(net, X, y, [*callbacks, snapshots], **options)

    snapshots = Snapshots()
    train_again(run.config, Recorded(run.config), quiet=True)
    return snapshots
