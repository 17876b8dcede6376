"""How the command does a training: in a new run folder, on from where one stopped, or again."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from pellucid.cli.failures import STOPPED
from pellucid.errors import ModelFileError, PellucidError
from pellucid.training.callbacks import Callback, Moment

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.run_folder import RunFolder

Made = TypeVar("Made")
Fitted = tuple["Network", str | None]  # and why the training stopped early, if it did


class End(Callback):
    """Remembers why a training ended."""

    reason: str | None = None

    def on_train_end(self, moment: Moment) -> None:
        self.reason = moment.stop_reason


class Work:
    """A training in a new run folder; the base of the other ways.

    Parameters
    ----------
    rhythm : mapping
        How often checkpoints are written: fields of CheckpointFolder.
    logs : tuple of str
        "jsonl", "tensorboard".
    """

    def __init__(self, rhythm: Mapping[str, Any], logs: tuple[str, ...]) -> None:
        self.rhythm, self.logs = rhythm, logs
        self.folder: RunFolder | None = None
        self.network: Network | None = None  # trained

    def check(self, output: Path | None) -> None:
        """Refuse a run folder that cannot be made, before anything else is done."""
        from pellucid.record.whole_folder import check_free

        if output is not None:
            check_free(output)

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        """Everything has been chosen; ``config`` is what config.json will hold."""
        from pellucid.record.run_folder import RunFolder, begin_named

        self.folder = begin_named(name, config) if output is None else RunFolder.begin(output, config)

    def fit(self, net: Network, X: Any, y: Any, callbacks: list[Callback], **options: Any) -> Fitted:
        """Train."""
        from pellucid.training.keeper import CheckpointFolder

        assert self.folder is not None
        end = End()
        try:
            where = CheckpointFolder(self.folder.checkpoints, **self.rhythm)
            net.fit(X, y, callbacks=[end, *callbacks, *self.log_callbacks()], checkpoint=where, **options)
        except ModelFileError as error:
            raise ModelFileError(f"{error} {self.hint()}") from error
        except BaseException as error:
            self.give_up(error)
            raise
        return net, end.reason

    def make(self, do: Callable[[], Made]) -> Made:
        """Do what leaves no checkpoints, but may leave finished trainings or folds."""
        try:
            return do()
        except ModelFileError as error:
            raise ModelFileError(f"{error} {self.hint()}") from error
        except BaseException as error:
            self.give_up(error)
            raise

    def give_up(self, error: BaseException) -> None:
        """Remove the folder, unless it holds something to go on from; then tell how, after Ctrl-C."""
        from pellucid.training.keeper import numbered

        assert self.folder is not None
        trained = self.folder.checkpoints.is_dir() and bool(numbered(self.folder.checkpoints))
        again = not isinstance(error, PellucidError)  # else the same data and options would fail once more
        if not (trained or (again and finished(self.folder))):
            self.folder.discard()
        elif isinstance(error, KeyboardInterrupt):
            raise self.interrupted() from None

    def log_callbacks(self) -> list[Callback]:
        """The logs that were asked for, in the run folder."""
        from pellucid.training.logs import JsonLinesLog, TensorBoardLog

        assert self.folder is not None
        made: list[Callback] = []
        if "jsonl" in self.logs:
            made.append(JsonLinesLog(self.folder.path / "log.jsonl"))
        if "tensorboard" in self.logs:
            made.append(TensorBoardLog(self.folder.path / "tensorboard"))
        return made

    def hint(self) -> str:
        """How to go on."""
        assert self.folder is not None
        return f"Go on with it by pellucid train --resume {shlex.quote(str(self.folder.path))}"

    def interrupted(self) -> typer.Exit:
        """Tell how to go on after Ctrl-C."""
        assert self.folder is not None
        kept = finished(self.folder)
        typer.echo(f"Stopped by Ctrl-C{f'; {kept} and kept' if kept else ''}. {self.hint()}", err=True)
        return typer.Exit(STOPPED)


class TakenUp(Work):
    """A training in the run folder that another command began; the base of the two ways to end it."""

    def __init__(self, folder: RunFolder, before: Mapping[str, Any], rhythm: Mapping[str, Any]) -> None:
        super().__init__(rhythm, tuple(before.get("log", ())))
        self.folder: RunFolder = folder
        self.before = before

    def check(self, output: Path | None) -> None:
        pass

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        from pellucid.sources.of_run import refuse_other_data

        refuse_other_data(self.before, config["data"]["sha256"])
        now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}"
        config |= {"command": self.before["command"], "begun": self.before["begun"]}
        config |= {"resumed": [*self.before.get("resumed", ()), now]}
        self.tidy()
        self.folder.write_config(config)

    def tidy(self) -> None:
        """Remove from the folder what this way does not need."""
        raise NotImplementedError

    def give_up(self, error: BaseException) -> None:
        if isinstance(error, KeyboardInterrupt):
            raise self.interrupted() from None


class Resumed(TakenUp):
    """A training that goes on from its last checkpoint."""

    def __init__(self, folder: RunFolder, before: Mapping[str, Any]) -> None:
        super().__init__(folder, before, {})

    def tidy(self) -> None:
        self.folder.tidy()

    def fit(self, net: Network, X: Any, y: Any, callbacks: list[Callback], **options: Any) -> Fitted:
        from pellucid.training.keeper import latest_checkpoint
        from pellucid.training.resume import resume

        end = End()  # a training goes on with the callbacks that it was begun with
        had = {name: options[name] for name in ("validation_data", "verbose", "threads")}
        try:
            trained = resume(self.folder.checkpoints, X, y, callbacks=[end, *callbacks, *self.log_callbacks()], **had)
        except ModelFileError as error:
            raise ModelFileError(f"{error} {self.hint()}") from error
        except BaseException as error:
            self.give_up(error)
            raise
        return trained, latest_checkpoint(self.folder.checkpoints).moment["stop_reason"]


class Restarted(TakenUp):
    """A training that left no checkpoints, done from its start but for what it is made of and is finished: the same
    bits come out."""

    def __init__(self, folder: RunFolder, before: Mapping[str, Any]) -> None:
        super().__init__(folder, before, before["checkpoint"])

    def tidy(self) -> None:
        self.folder.clear()


class Repeated(Work):
    """A training that is done again and leaves nothing but its network."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        super().__init__({}, ())
        self.before, self.differences = before, list[str]()

    def check(self, output: Path | None) -> None:
        pass

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        from pellucid.cli.differences import differences
        from pellucid.record.run_folder import versions

        self.differences = differences(self.before, config | {"versions": versions()})

    def make(self, do: Callable[[], Made]) -> Made:
        return do()

    def fit(self, net: Network, X: Any, y: Any, callbacks: list[Callback], **options: Any) -> Fitted:
        end = End()
        net.fit(X, y, callbacks=[end, *callbacks], **options)
        return net, end.reason


def finished(folder: RunFolder) -> str:
    """What is finished of a run that leaves no checkpoints, in words; none where nothing is."""
    from pellucid.cli.show import count
    from pellucid.evaluation.kept import kept_folds
    from pellucid.recipes.kept import kept_trainings

    folds, trainings = kept_folds(folder.folds), kept_trainings(folder.trainings)
    parts = [count(folds, "fold")] if folds else []
    parts += [f"{count(trainings, 'training')} of the recipe"] if trainings else []
    return f"{' and '.join(parts)} {'is' if folds + trainings == 1 else 'are'} finished" if parts else ""
