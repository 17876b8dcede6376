"""Peak memory of training on a table that is streamed from disk, with a number of rows and with eight times as many.

    python -m bench.table_memory [--rows 200000] [--kind csv]

The table has twenty columns of numbers and two of text, one of them with a thousand categories. Each size is made and
trained on in processes of their own; the peak is the kernel's own figure (VmHWM).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

NUMBERS, PART = 20, 50_000


def make(path: Path, rows: int) -> None:
    """Write a table, a part at a time."""
    import numpy as np
    import polars as pl

    rng = np.random.default_rng(0)
    frames = []
    for first in range(0, rows, PART):
        n = min(PART, rows - first)
        X = rng.normal(size=(n, NUMBERS)).round(4)
        columns = {f"x{k}": X[:, k] for k in range(NUMBERS)}
        columns["shop"] = np.char.add("shop ", rng.integers(1000, size=n).astype(str))
        columns["colour"] = np.array(["red", "green", "blue"])[rng.integers(3, size=n)]
        columns["bought"] = np.where(X[:, :3].sum(axis=1) + rng.normal(size=n) > 0, "yes", "no")
        frame = pl.DataFrame(columns)
        if path.suffix == ".csv":
            with path.open("ab") as file:
                frame.write_csv(file, include_header=first == 0)
        else:
            frames.append(frame)
    if frames:
        pl.concat(frames).write_parquet(path, row_group_size=PART)


def train(path: Path) -> None:
    """One epoch; print the rows, the file's size, the peak before training begins and after it, in MB."""
    from pellucid import Dense, Input, Network
    from pellucid.tables import open_table

    with open_table(path, "bought", held_out=0.1) as stream:
        opened = peak()
        embedding = stream.preparation.embedding()
        net = Network([Input(stream.shape[1]), embedding, Dense(32, activation="relu"), Dense(1, activation="sigmoid")])
        net.compile("binary_crossentropy", "adam", ["accuracy"])
        net.fit(stream, batch_size=256, verbose=0)
        accuracy = net.evaluate(stream.held_out)["accuracy"]
        size = path.stat().st_size / 1e6
        print(f"{len(stream) + len(stream.held_out):9,} rows, {size:6.0f} MB of {path.suffix[1:]}: peak memory "
              f"{opened:.0f} MB when opened, {peak():.0f} MB in all; accuracy {accuracy:.3f}")  # fmt: skip


def peak() -> float:
    """The most memory that this process has had, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--kind", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--step", choices=("make", "train"), help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "make":
        make(options.path, options.rows)
        return
    if options.step == "train":
        train(options.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, 8):
            path = Path(folder) / f"times-{times}.{options.kind}"
            command = [sys.executable, "-m", "bench.table_memory", "--path", str(path), "--kind", options.kind]
            subprocess.run([*command, "--rows", str(options.rows * times), "--step", "make"], check=True)
            subprocess.run([*command, "--step", "train"], check=True)


if __name__ == "__main__":
    main()
