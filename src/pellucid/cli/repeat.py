"""``pellucid repeat RUN``: the same training again, and whether it comes out the same."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli import options as o
from pellucid.cli.failures import Debug

EPILOG = """Exit code 0: the weights are the same, to the last bit. 1: they differ; what else differs is told.

Examples:

  pellucid repeat runs/digits-2025-01-31-120000

  pellucid repeat runs/digits-2025-01-31-120000 --threads 1"""


def repeat(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)],
    threads: o.Threads = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="A line an epoch, also in a terminal.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing; the exit code tells.")] = False,
    debug: Debug = False,
) -> None:
    """Train again as a run did, from its data and options, and compare the weights by their SHA-256."""
    from pellucid.cli.again import train_again
    from pellucid.cli.failures import FAILED
    from pellucid.cli.show import Page
    from pellucid.cli.trainings import STOPPED_EARLY
    from pellucid.cli.work import Repeated
    from pellucid.record.model_file import load, weights_hash
    from pellucid.record.run import read_run
    from pellucid.record.run_folder import MODEL

    page, before = Page(quiet), read_run(run)
    expected = before.config.get("weights_sha256") or weights_hash(load(run / MODEL))
    page.line("Repeating", str(before.config["command"]))
    work = Repeated(before.config)
    train_again(before.config, work, threads=threads, verbose=verbose, quiet=quiet)
    assert work.network is not None
    came = weights_hash(work.network)
    page.text()
    if came == expected:
        page.prose(f"The same weights, to the last bit: SHA-256 {came}.")
        return
    page.prose(f"Other weights: SHA-256 {came}, the run had {expected}.")
    reasons = list(work.differences)
    if str(before.config["ended"]).startswith(STOPPED_EARLY):
        reasons.append("the run was stopped by Ctrl-C, this training was not")
    page.prose(f"What differs: {'; '.join(reasons) or 'nothing that is known; please report it'}.")
    raise typer.Exit(FAILED)
