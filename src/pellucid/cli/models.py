"""MODEL on the command line: a model file, or a run folder, which knows more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.run import Run


@dataclass(frozen=True)
class Opened:
    """A network and, where it lies in a run folder, its run."""

    net: Network
    run: Run | None

    @property
    def target(self) -> str | None:
        """The name of the target column, where it is known."""
        return None if self.run is None else self.run.config["data"]["target"]


def open_model(path: Path) -> Opened:
    """Read a model file or a run folder.

    Raises
    ------
    ModelFileError
        There is no such file or folder, or it is damaged.
    """
    from pellucid.record.model_file import load
    from pellucid.record.run import read_run
    from pellucid.record.run_folder import CONFIG, MODEL

    if path.is_dir():
        run = read_run(path)
        return Opened(run.network(), run)
    net = load(path)
    if net.class_names is None and net.compiled and net.loss.targets != "values":
        net.class_names = tuple(str(k) for k in range(max(2, net.output_units)))  # it was trained on labels from 0
    beside = path.name == MODEL and (path.parent / CONFIG).is_file()
    return Opened(net, read_run(path.parent) if beside else None)
