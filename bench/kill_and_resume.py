"""Kill trainings at random moments, go on with them, and compare the end with that of a training left alone.

``python -m bench.kill_and_resume --kills 100`` trains a small network on pictures with data augmentation, dropout,
Adam, an average of the weights, a schedule and early stopping, as processes of their own. Each is killed by SIGKILL at
a random moment, gone on with by ``pellucid train --resume``, killed again, until it gets to its end. Then the SHA-256
of its weights and the figures of all epochs must be those of the training that was left alone, and no file may be
missing or left over.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pellucid.errors import PellucidError
from pellucid.record.checkpoint import read_checkpoint
from pellucid.training.keeper import START, latest_checkpoint, numbered

CHAIN = 12  # kills of one training at most


@dataclass(frozen=True)
class Outcome:
    """What came of the kills.

    Attributes
    ----------
    kills : int
        Of processes whose run folder was there, so that they were gone on with.
    early : int
        Of processes that had not got to make their folder; they were begun anew.
    runs : int
        That got to their end.
    faults : tuple of str
        Whatever was not as it should be.
    seconds : float
    """

    kills: int
    early: int
    runs: int
    faults: tuple[str, ...]
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print what came of it, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.kill_and_resume",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--epochs", type=int, default=60, help="of each training (default: 60)")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        outcome = kill_and_resume(Path(folder), given.kills, given.seed, given.epochs, print)
    print(
        f"{outcome.kills} kills and resumptions in {outcome.runs} runs ({outcome.early} more before the run folder was "
        f"there), {len(outcome.faults)} faults, {outcome.seconds:.0f} s"
    )
    for fault in outcome.faults:
        print(f"  {fault}")
    return 1 if outcome.faults else 0


def kill_and_resume(
    place: Path, kills: int, seed: int, epochs: int, say: Callable[[str], None] = lambda words: None
) -> Outcome:
    """Kill trainings ``kills`` times, in a folder; see the module."""
    began, moments = time.perf_counter(), random.Random(seed)
    make_pictures(place / "pictures.npz")
    alone, again = place / "alone", place / "alone again"
    start(place, words(alone, epochs)).wait()
    process = start(place, words(again, epochs))
    wait_for(again, process)
    started = time.perf_counter()
    process.wait()
    whole = time.perf_counter() - started
    expected = end_of(alone)
    faults = [] if end_of(again) == expected else ["two trainings left alone differ"]
    say(f"left alone, a training takes {whole:.2f} s from its first file to its end")
    done = early = runs = 0
    while done < kills:
        run, chain = place / f"run-{runs}", 0
        process = start(place, words(run, epochs))
        while chain < CHAIN and done < kills:
            if moments.random() < 0.8:  # else at a moment that may lie before the training
                wait_for(run, process, chain)
            if not kill(process, moments.uniform(0, whole * moments.random())):
                break
            if (run / "checkpoints" / START).exists():
                done, chain = done + 1, chain + 1
                faults += look(run)
                process = start(place, ["train", "--resume", str(run)])
            else:
                early += 1
                if run.is_dir():  # config.json is there at most; nothing was trained
                    run.rename(place / f"early-{early}")
                process = start(place, words(run, epochs))
        if process.wait() != 0:
            faults.append(f"{run.name}: exit code {process.returncode}: {(place / 'said').read_text()[-300:]}")
        else:
            found = end_of(run)
            other = ", ".join(name for name in expected if found[name] != expected[name])
            if other:
                faults.append(f"{run.name}: ended otherwise than the training that was left alone: {other}")
        runs += 1
        say(f"run {runs}: {done} kills, {len(faults)} faults")
    return Outcome(done, early, runs, tuple(faults), time.perf_counter() - began)


def wait_for(run: Path, process: subprocess.Popen[bytes], resumed: int = 0) -> None:
    """Wait until a process trains: its first checkpoint is there, or it has told that it was gone on with."""
    while process.poll() is None:
        try:
            config = json.loads((run / "config.json").read_text())
            if len(config.get("resumed", ())) >= resumed and (run / "checkpoints" / START).exists():
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.005)


def make_pictures(path: Path) -> None:
    """A set of pictures of three classes with much noise."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 600)
    X = rng.random((600, 12, 12)) * 0.8
    for k in range(600):
        X[k, 3 * y[k] : 3 * y[k] + 4, 4:8] += 0.2
    np.savez(path, X=np.float32(X), y=y)


def words(run: Path, epochs: int) -> list[str]:
    """The command of a training."""
    return [
        "train", "pictures.npz", "--model", "plain", "--layers", "96,48", "--dropout", "0.3",
        "--augment", "shift=1,rotate=10", "--optimizer", "adam", "--average", "0.99", "--schedule", "cosine",
        "--early-stopping", str(epochs), "--epochs", str(epochs), "--batch-size", "8", "--checkpoint-every", "50steps",
        "--log", "jsonl", "--no-evaluation", "--output", str(run),
    ]  # fmt: skip


def start(place: Path, command: list[str]) -> subprocess.Popen[bytes]:
    """A process of the command."""
    with (place / "said").open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", "pellucid", *command, "--quiet"], cwd=place, stdout=said, stderr=said
        )


def kill(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Kill a process after so many seconds; False where it has ended by itself."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


def look(run: Path) -> list[str]:
    """What is wrong with a folder after a kill: a checkpoint that is not whole, or none to go on from."""
    faults = []
    try:
        json.loads((run / "config.json").read_text())
        latest_checkpoint(run / "checkpoints")
        for path in numbered(run / "checkpoints"):
            read_checkpoint(path)
    except (OSError, ValueError, PellucidError) as error:
        faults.append(f"{run.name} after a kill: {error}")
    return faults


def end_of(run: Path) -> dict[str, object]:
    """What must be the same at the end: weights, figures, log, result, names of files."""
    config = json.loads((run / "config.json").read_text())
    history = json.loads((run / "history.json").read_text())
    log = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    last = numbered(run / "checkpoints")[-1]
    found = read_checkpoint(last)
    memories = found.network.optimizer_memories()
    del history["history"]["seconds"]
    for line in log:
        del line["seconds"]
    return {
        "weights": config["weights_sha256"],
        "ended": config["ended"],
        "history": history,
        "log": log,
        "memories": None if memories is None else memories.tobytes(),
        "result": json.loads((run / "result.json").read_text()),
        "files": sorted(str(path.relative_to(run)) for path in run.rglob("*")),
    }


if __name__ == "__main__":
    sys.exit(main())
