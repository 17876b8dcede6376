"""Peak memory of training on streamed pictures, the set taken once and eight times.

    python -m bench.streaming_memory FOLDER

FOLDER has one subfolder of pictures for each class. Each size trains in a process of its own; the peak is the kernel's
own figure for it (VmHWM).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

SIDE = 64


def train(table: str) -> None:
    """One epoch on the pictures of a table, streamed; print how many there were and the peak in MB."""
    from pellucid import Conv2D, Dense, GlobalAvgPool2D, Input, MaxPool2D, Network
    from pellucid.data import open_folder

    with open_folder(table, size=(SIDE, SIDE), channels=3) as stream:
        layers = [Input((SIDE, SIDE, 3)), Conv2D(8, 3, stride=2, activation="relu"), MaxPool2D(2)]
        net = Network([*layers, GlobalAvgPool2D(), Dense(1, activation="sigmoid")])
        net.compile("binary_crossentropy", "adam")
        net.fit(stream, batch_size=32, verbose=0)
        status = Path("/proc/self/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        print(f"{len(stream):7,} pictures: peak memory {int(peak.split()[1]) / 1000:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--table", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.table:
        train(options.table)
        return
    root = Path(options.folder).resolve()
    rows = [f"{path},{path.parent.name}" for path in sorted(root.glob("*/*.jpg"))]
    with tempfile.TemporaryDirectory() as folder:
        for times in (1, 8):
            table = Path(folder) / f"times-{times}.csv"
            table.write_text("\n".join(["path,label", *(rows * times)]) + "\n", encoding="utf-8")
            command = [sys.executable, "-m", "bench.streaming_memory", str(root), "--table", str(table)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
