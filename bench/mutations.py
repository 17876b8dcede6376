"""Damage files in every way and read them: only an error that says what is wrong may come of it.

``python -m bench.mutations --files 20000`` takes good files of every format that Pellucid reads, changes them (bits
flipped, ends cut off, blocks moved, sizes made absurd), and reads each in a process with bounded memory and time. A
reader may return something or raise a ``PellucidError``. Anything else is a fault: another exception, a crash, a hang,
or more memory than the bound.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from bench.seeds import FORMATS

MEMORY = 1 << 30  # bytes that a reader may take beyond what the process has before it reads anything
SECONDS = 20.0  # for one file
ABSURD = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 40, (1 << 63) - 1, (1 << 64) - 1)
NUMBERS = (b"999999999", b"-1", b"1e308", b"null", b"99999999999999999999", b"0", b"NaN", b'"x"', b"[]")
SIGNS = b'[]{}",:\n\0;'


@dataclass
class Outcome:
    """What came of the files.

    Attributes
    ----------
    counts : Counter
        By (format, "read" or "refused").
    faults : list of str
        What was not as it should be, with the path of the file where files are kept.
    """

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print what came of it, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.mutations", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=20_000, help="how many, over all formats (default: 20000)")
    parser.add_argument("--seed", type=int, default=0, help="of the changes (default: 0)")
    parser.add_argument("--formats", nargs="*", choices=sorted(FORMATS), default=sorted(FORMATS), metavar="FORMAT")
    parser.add_argument("--keep", type=Path, help="a folder in which the files of faults are kept")
    given = parser.parse_args(arguments)
    outcome = mutate_and_read(given.formats, given.files, given.seed, given.keep, print)
    for name in given.formats:
        read, refused = outcome.counts[name, "read"], outcome.counts[name, "refused"]
        print(f"{name:<12} {read + refused:>7,} files: {refused:,} refused, {read:,} read")
    print(f"{len(outcome.faults)} faults")
    for fault in outcome.faults[:50]:
        print(f"  {fault}")
    return 1 if outcome.faults else 0


def mutate_and_read(
    formats: Sequence[str], files: int, seed: int, keep: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> Outcome:
    """Change and read so many files in all; see the module."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for number, name in enumerate(formats):
            count = files * (number + 1) // len(formats) - files * number // len(formats)
            _one_format(name, count, seed, place, keep, outcome)
            say(f"{name}: {count} files done, {len(outcome.faults)} faults so far")
    return outcome


def _one_format(name: str, count: int, seed: int, place: Path, keep: Path | None, outcome: Outcome) -> None:
    chance = random.Random(f"{name} {seed}")
    good = [(path.suffix, path.read_bytes()) for path in FORMATS[name].make(place)]
    reader = Reader(name)
    try:
        for k in range(count):
            suffix, content = good[k % len(good)]
            others = [other for _, other in good]
            changed = FORMATS[name].rewrite(content, chance) if FORMATS[name].rewrite and k % 4 == 3 else None
            path = place / f"{name}-{k}{suffix}"
            path.write_bytes(mutated(content, chance, others) if changed is None else changed)
            said = reader.read(path)
            if said in ("read", "refused"):
                outcome.counts[name, said] += 1
            else:
                outcome.faults.append(f"{name}, file {k} of seed {seed}: {said}")
                if keep is not None:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / path.name).write_bytes(path.read_bytes())
            path.unlink()
    finally:
        reader.close()


def mutated(content: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """A file's content, damaged in one to four ways."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        chance.choice(WAYS)(data, chance, others)
    return bytes(data)


def _flip_bits(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        if data:
            data[_place(data, chance)] ^= 1 << chance.randrange(8)


def _cut(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    del data[_place(data, chance) :]


def _cut_out(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    first = _place(data, chance)
    del data[first : first + chance.choice((1, 2, 4, 8, 100, 1000))]


def _absurd_size(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    size = chance.choice((1, 2, 4, 8))
    number = chance.choice(ABSURD) % (1 << 8 * size)
    first = _place(data, chance)
    data[first : first + size] = number.to_bytes(size, chance.choice(("little", "big")))


def _absurd_number(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    """Another number in the place of one that is written out."""
    digits = [k for k in range(min(len(data), 20_000)) if 48 <= data[k] <= 57]
    if digits:
        first = last = chance.choice(digits)
        while last < len(data) and 48 <= data[last] <= 57:
            last += 1
        data[first:last] = chance.choice(NUMBERS)


def _sign(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    first = _place(data, chance)
    data[first:first] = bytes([chance.choice(SIGNS)]) * chance.choice((1, 1, 1, 1000))


def _move(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    first, size = _place(data, chance), chance.choice((4, 16, 256))
    block = data[first : first + size]
    del data[first : first + size]
    to = _place(data, chance)
    data[to:to] = block


def _zero(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    first, size = _place(data, chance), chance.choice((1, 8, 64, 4096))
    data[first : first + size] = bytes(len(data[first : first + size]))


def _join(data: bytearray, chance: random.Random, others: Sequence[bytes]) -> None:
    """The beginning of this file and the end of another."""
    other = chance.choice(others)
    data[_place(data, chance) :] = other[chance.randrange(len(other) + 1) :]


def _place(data: bytearray, chance: random.Random) -> int:
    """Anywhere; more often among the first bytes, where sizes stand."""
    return chance.randrange(min(len(data), chance.choice((16, 64, 512, 1 << 40))) or 1)


WAYS = (_flip_bits, _cut, _cut_out, _absurd_size, _absurd_size, _absurd_number, _sign, _move, _zero, _join)


class Reader:
    """A process that reads files, started anew after it has died or taken too long."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: multiprocessing.process.BaseProcess | None = None
        self._end: Connection | None = None

    def read(self, path: Path) -> str:
        """What reading gave: "read", "refused", or the fault."""
        if self._process is None:
            context = multiprocessing.get_context("spawn")
            self._end, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(self.name, theirs), daemon=True)
            self._process.start()
            theirs.close()
            self._receive(120.0)  # the imports
        assert self._end is not None
        self._end.send(str(path))
        return self._receive(SECONDS)

    def _receive(self, seconds: float) -> str:
        assert self._end is not None
        assert self._process is not None
        try:
            if self._end.poll(seconds):
                return str(self._end.recv())
            words = f"hang: no answer in {seconds:.0f} s"
        except (EOFError, OSError):
            self._process.join(5)
            words = f"crash: the process ended with {self._process.exitcode}"
        self.close()
        return words

    def close(self) -> None:
        """End the process."""
        if self._process is not None and self._end is not None:
            self._process.kill()
            self._process.join()
            self._end.close()
        self._process = self._end = None


def _serve(name: str, end: Connection) -> None:
    """Read what is asked for, with bounded memory; first a good file, so that everything is imported."""
    import warnings

    from pellucid.errors import PellucidError

    warnings.simplefilter("ignore")
    read = FORMATS[name].read
    with tempfile.TemporaryDirectory() as folder:
        for path in FORMATS[name].make(Path(folder)):
            read(path)
    _bound()
    end.send("ready")
    while True:
        path = Path(end.recv())
        try:
            read(path)
            end.send("read")
        except PellucidError as error:
            end.send("refused" if str(error).strip() else f"an error without words: {error!r}")
        except MemoryError:
            end.send(f"memory: more than {MEMORY >> 20} MB were wanted; {_last_lines()}")
        except BaseException as error:
            end.send(f"{type(error).__name__}: {error}; {_last_lines()}")


def _last_lines() -> str:
    frames = traceback.extract_tb(sys.exc_info()[2])[-3:]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)


def _bound() -> None:
    """Let this process take so much memory more, where the system can bound it."""
    try:
        import resource
    except ImportError:
        return
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY,) * 2)


if __name__ == "__main__":
    sys.exit(main())
