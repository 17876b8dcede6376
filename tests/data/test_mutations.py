"""Damaged files of every format are refused or read, and nothing else; and the checker sees what else may happen."""

from __future__ import annotations

import random
import time

import pytest
from bench import mutations
from bench.seeds import FORMATS, Format

from pellucid.errors import DataError


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_damaged_files(name):
    outcome = mutations.mutate_and_read([name], files=60, seed=11)
    assert outcome.faults == []
    assert sum(outcome.counts.values()) == 60
    assert outcome.counts[name, "refused"] > 10


def test_a_change_is_a_function_of_the_seed():
    content = bytes(range(256)) * 4
    first, again, other = (
        [mutations.mutated(content, random.Random(seed), [content]) for _ in range(1)] for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    assert all(mutations.mutated(b"", random.Random(k), [b""]) is not None for k in range(50))


def _write(folder):
    path = folder / "file.txt"
    path.write_bytes(b"good " * 20)
    return [path]


def _refuse(path):
    if path.read_bytes() != b"good " * 20:
        raise DataError("bad")


def _wrong_error(path):
    if path.read_bytes() != b"good " * 20:
        raise KeyError("length")


def _hang(path):
    if path.read_bytes() != b"good " * 20:
        time.sleep(60)


def _crash(path):
    if path.read_bytes() != b"good " * 20:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)


def _hunger(path):
    if path.read_bytes() != b"good " * 20:
        bytearray(3 << 30)


PLANTED = {
    "refused": (_refuse, None),
    "wrong error": (_wrong_error, "KeyError: 'length'; "),
    "hang": (_hang, "hang: no answer in 1 s"),
    "crash": (_crash, "crash: the process ended with -9"),
    "hunger": (_hunger, "memory: more than 1024 MB were wanted; "),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_seen(name, tmp_path, monkeypatch):
    read, fault = PLANTED[name]
    monkeypatch.setattr(mutations, "SECONDS", 1.0)
    reader = mutations.Reader(name)
    monkeypatch.setattr(mutations.multiprocessing, "get_context", _fork)  # so that the child knows the planted row
    monkeypatch.setitem(FORMATS, name, Format(_write, read))
    (bad,) = _write(tmp_path)
    bad.write_bytes(b"bad")
    try:
        said = reader.read(bad)
        assert said == "refused" if fault is None else said.startswith(fault)
        (good,) = _write(tmp_path)
        assert reader.read(good) == "read"  # by a new process, where the first is gone
    finally:
        reader.close()


_real = mutations.multiprocessing.get_context


def _fork(method):
    return _real("fork")
