"""How the command does a training: in a new run folder, on from where one stopped, again, or up to a step."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from pellucid.cli.failures import STOPPED
from pellucid.errors import DataError, ModelFileError
from pellucid.training.callbacks import Callback, Moment

if TYPE_CHECKING:
    from pellucid.network import Network
    from pellucid.record.run_folder import RunFolder

Made = TypeVar("Made")
Fitted = tuple["Network", str | None]  # and why the training stopped early, if it did
BESIDES = ("resume", "threads", "verbose", "quiet", "debug")  # options that --resume goes with


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
        from pellucid.record.run_folder import check_free

        if output is not None:
            check_free(output)

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        """Everything has been chosen; ``config`` is what config.json will hold."""
        from pellucid.record.run_folder import RunFolder, begin_named

        self.folder = begin_named(name, config) if output is None else RunFolder.begin(output, config)

    def fit(self, net: Network, X: Any, y: Any, callbacks: list[Callback], **options: Any) -> Fitted:
        """Train."""
        from pellucid.training.keeper import CheckpointFolder, numbered

        assert self.folder is not None
        end = End()
        try:
            where = CheckpointFolder(self.folder.checkpoints, **self.rhythm)
            net.fit(X, y, callbacks=[end, *callbacks, *self.log_callbacks()], checkpoint=where, **options)
        except ModelFileError as error:
            raise ModelFileError(f"{error} {self.hint()}") from error
        except BaseException as error:
            if not (self.folder.checkpoints.is_dir() and numbered(self.folder.checkpoints)):
                self.folder.discard()
            elif isinstance(error, KeyboardInterrupt):
                typer.echo(f"Stopped by Ctrl-C. {self.hint()}", err=True)
                raise typer.Exit(STOPPED) from None
            raise
        return net, end.reason

    def make(self, do: Callable[[], Made]) -> Made:
        """Do what leaves no checkpoints."""
        assert self.folder is not None
        try:
            return do()
        except BaseException:
            self.folder.discard()
            raise

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


class GoneOn(Work):
    """A training that goes on in its run folder."""

    def __init__(self, folder: RunFolder, before: Mapping[str, Any]) -> None:
        super().__init__({}, tuple(before.get("log", ())))
        self.folder: RunFolder = folder
        self.before = before

    def check(self, output: Path | None) -> None:
        pass

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        refuse_other_data(self.before, config)
        now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}"
        config |= {"begun": self.before["begun"], "resumed": [*self.before.get("resumed", ()), now]}
        self.folder.tidy()
        self.folder.write_config(config)

    def fit(self, net: Network, X: Any, y: Any, callbacks: list[Callback], **options: Any) -> Fitted:
        from pellucid.training.keeper import latest_checkpoint
        from pellucid.training.resume import resume

        end = End()
        had = {name: options[name] for name in ("validation_data", "verbose", "threads")}
        try:
            trained = resume(self.folder.checkpoints, X, y, callbacks=[end, *callbacks, *self.log_callbacks()], **had)
        except ModelFileError as error:
            raise ModelFileError(f"{error} {self.hint()}") from error
        except KeyboardInterrupt:
            typer.echo(f"Stopped by Ctrl-C. {self.hint()}", err=True)
            raise typer.Exit(STOPPED) from None
        return trained, latest_checkpoint(self.folder.checkpoints).moment["stop_reason"]


class Anew(Work):
    """A training that left no checkpoints, done from its start in its run folder: the same bits come out."""

    def __init__(self, folder: RunFolder, before: Mapping[str, Any]) -> None:
        super().__init__(before["checkpoint"], tuple(before.get("log", ())))
        self.folder: RunFolder = folder
        self.before = before

    def check(self, output: Path | None) -> None:
        pass

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        refuse_other_data(self.before, config)
        now = f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S %z}"
        config |= {"begun": self.before["begun"], "resumed": [*self.before.get("resumed", ()), now]}
        self.folder.clear()
        self.folder.write_config(config)

    def make(self, do: Callable[[], Made]) -> Made:
        try:
            return do()
        except KeyboardInterrupt:
            typer.echo(f"Stopped by Ctrl-C. {self.hint()}", err=True)
            raise typer.Exit(STOPPED) from None


class Again(Work):
    """A training that is done again and leaves nothing but its network."""

    def __init__(self, before: Mapping[str, Any]) -> None:
        super().__init__({}, ())
        self.before, self.differences = before, list[str]()

    def check(self, output: Path | None) -> None:
        pass

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        from pellucid.record.run_folder import versions

        self.differences = differences(self.before, config | {"versions": versions()})

    def make(self, do: Callable[[], Made]) -> Made:
        return do()

    def fit(self, net: Network, X: Any, y: Any, callbacks: list[Callback], **options: Any) -> Fitted:
        end = End()
        net.fit(X, y, callbacks=[end, *callbacks], **options)
        return net, end.reason


class UpTo(Again):
    """A training that is done again from the nearest checkpoint up to a step."""

    def __init__(self, before: Mapping[str, Any], checkpoints: Path, step: int) -> None:
        super().__init__(before)
        self.checkpoints, self.step = checkpoints, step

    def begin(self, name: str, output: Path | None, config: dict[str, Any]) -> None:
        refuse_other_data(self.before, config)

    def fit(self, net: Network, X: Any, y: Any, callbacks: list[Callback], **options: Any) -> Fitted:
        from pellucid.training.resume import network_at

        had = {name: options[name] for name in ("validation_data", "threads")}
        logs = [Silent(kind) for kind, name in (("JsonLinesLog", "jsonl"), ("TensorBoardLog", "tensorboard"))
                if name in self.before.get("log", ())]  # fmt: skip
        return network_at(self.checkpoints, self.step, X, y, callbacks=[End(), *callbacks, *logs], **had), None


class Silent(Callback):
    """Stands for a log that is not written again."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    @property
    def kind(self) -> str:
        return self._kind


def refuse_other_data(before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to go on with other data than the run's.

    Raises
    ------
    DataError
    """
    about = before["data"]
    if about["sha256"] != now["data"]["sha256"]:
        raise DataError(
            f"{about['source']} has changed since the training began, so it cannot be gone on with. Put the data back "
            f"as they were, or train anew."
        )


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What could make a repeated training come out otherwise, in words.

    >>> differences({"data": {"sha256": "1"}, "versions": {"numpy": "1.26"}, "options": {"chosen": {"epochs": 3}}},
    ...             {"data": {"sha256": "2"}, "versions": {"numpy": "2.0"}, "options": {"chosen": {"epochs": 5}}})
    ['the data have changed', 'epochs was 3, is 5', 'numpy was 1.26, is 2.0']
    """
    found = [] if before["data"]["sha256"] == now["data"]["sha256"] else ["the data have changed"]
    parts = ((c["options"]["chosen"] | c.get("versions", {})) for c in (before, now))
    old, new = (_plain(part) for part in parts)
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            found.append(f"{name} was {_shown(old.get(name))}, is {_shown(new.get(name))}")
    made = before.get("made_with", {}), now.get("made_with", {})
    words = {"kernels": "Pellucid's kernels are others", "machine": "the processor or the compiler is another"}
    return found + [text for name, text in words.items() if made[0].get(name) != made[1].get(name)]


def _plain(value: Any) -> Any:
    """Lists for tuples, as JSON has them."""
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value


def _shown(value: Any) -> str:
    return "not set" if value is None else str(value)


def train_again(config: Mapping[str, Any], work: Work, **changed: Any) -> None:
    """Do the command of a run again, as the work does it; ``changed`` are other values of options."""
    context = _context(config, work)
    context.params.update(changed)
    with context:
        context.command.invoke(context)


def _context(config: Mapping[str, Any], work: Work | None) -> Any:
    """The command of a run, read as if it had been typed now."""
    from pellucid.cli.app import app

    command = typer.main.get_group(app).commands["train"]
    return command.make_context("train", shlex.split(config["command"])[2:], obj=work)


def _whole(folder: Path, config: Mapping[str, Any]) -> bool:
    """Whether nothing is missing of what is written after the result."""
    from pellucid.cli.sources import wants_evaluation

    params = _context(config, None).params
    return not (
        (wants_evaluation(params.get("evaluation"), str(params["source"])) and not (folder / "evaluation").is_dir())
        or (params.get("report") and not (folder / "report.html").is_file())
    )


def _from_its_start(
    place: RunFolder, config: Mapping[str, Any], threads: int | None, verbose: bool, quiet: bool
) -> None:  # fmt: skip
    """Do a training again that was stopped and left no checkpoints."""
    from pellucid.cli.show import Page
    from pellucid.record.run_folder import has_ended

    page, folder = Page(quiet), place.path
    if has_ended(folder) and _whole(folder, config):
        page.prose(f"The training in {folder} has ended: {config['ended']}. There is nothing to go on with.")
        if quiet:
            print(folder)
        return
    page.prose(
        f"Beginning {folder} anew, begun {config['begun']}: {config['anew']} leave no checkpoints. The same seed gives "
        f"the same network."
    )
    page.text()
    work = Anew(place, config)
    train_again(config, work, threads=threads or config["threads"], verbose=verbose, quiet=quiet, output=folder)


def go_on(ctx: typer.Context, folder: Path, threads: int | None, verbose: bool, quiet: bool) -> None:
    """``pellucid train --resume FOLDER``."""
    from pellucid.cli.show import Page, count
    from pellucid.record.run_folder import RunFolder, has_ended, read_config
    from pellucid.training.keeper import latest_checkpoint

    for parameter in ctx.command.params:
        given = ctx.get_parameter_source(str(parameter.name))
        if given is not None and given.name == "COMMANDLINE" and parameter.name not in BESIDES:
            name = "SOURCE" if parameter.name == "source" else parameter.opts[0]
            raise typer.BadParameter(
                f"it goes on with the training as it was begun. Leave out {name}.", param_hint="--resume"
            )
    config = read_config(folder)
    place = RunFolder(folder)
    if config.get("anew"):
        return _from_its_start(place, config, threads, verbose, quiet)
    if not place.checkpoints.is_dir():
        raise ModelFileError(f"{folder}: its checkpoints are missing, so its training cannot go on.")
    found, page = latest_checkpoint(place.checkpoints), Page(quiet)
    if found.finished and has_ended(folder) and _whole(folder, config):
        page.prose(f"The training in {folder} has ended: {config['ended']}. There is nothing to go on with.")
        if quiet:
            print(folder)
        return
    at = found.standing
    done = f"{count(at.epoch, 'epoch')} and {count(at.step, 'step')}"
    page.prose(f"Going on with {folder}, begun {config['begun']}, after {done}.")
    page.text()
    train_again(
        config, GoneOn(place, config), threads=threads or config["threads"], verbose=verbose, quiet=quiet, output=folder
    )
