"""A run of the command, looked up at one of its steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.errors import ModelFileError

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.run import Run


def run_at(run: Run, step: int) -> Network:
    """The network of a run as it was after ``step`` updates; see :meth:`pellucid.record.run.Run.at`."""
    from pellucid.cli.again import train_again
    from pellucid.cli.work import RepeatedTo
    from pellucid.record.run_folder import CHECKPOINTS

    if run.config.get("anew"):
        raise ModelFileError(f"{run.path}: {run.config['anew']} leave no checkpoints, so no step can be looked up.")
    checkpoints = run.path / CHECKPOINTS
    if not checkpoints.is_dir():
        raise ModelFileError(f"{run.path}: its checkpoints are missing, so no step of it can be looked up.")
    work = RepeatedTo(run.config, checkpoints, step)
    train_again(run.config, work, quiet=True)
    assert work.network is not None
    return work.network
