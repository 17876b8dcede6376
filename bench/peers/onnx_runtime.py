"""onnxruntime: predictions by the same network, exported by ``net.export``."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import tempfile
from pathlib import Path

from bench.cases import Case, Unsupported
from bench.peers import Program
from bench.peers.pellucid_fit import network
from bench.threads import quickest, thread_counts

TITLE = "onnxruntime"
TRIAL = 100  # calls, at most, by which one thread or all are chosen


def available() -> bool:
    return all(importlib.util.find_spec(name) is not None for name in ("onnx", "onnxruntime"))


def version() -> str:
    return importlib.metadata.version("onnxruntime")


def prepare(case: Case, threads: int) -> Program:
    """A session of one thread and one of all; arrays in and out."""
    import onnxruntime

    if case.trains:
        raise Unsupported("only prediction")
    with tempfile.TemporaryDirectory() as folder:
        (path,) = network(case).export(Path(folder) / "case.onnx", to="onnx")
        model = path.read_bytes()
    sessions = {}
    for words, count in thread_counts(threads).items():
        options = onnxruntime.SessionOptions()  # its graph is fully optimised unless told otherwise
        options.intra_op_num_threads, options.inter_op_num_threads = count, 1
        sessions[words] = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    calls = [{"input": rows} for rows in case.calls(case.data()[0])]

    def run(words: str, steps: int | None = None) -> int:
        ask = sessions[words].run
        for rows in calls[:steps]:
            ask(None, rows)
        return len(calls[:steps])

    best = quickest({words: functools.partial(run, words, case.trial_steps(TRIAL)) for words in sessions})
    for words in [words for words in sessions if words != best]:  # its threads go with it
        del sessions[words]
    return Program(functools.partial(run, best), f"session.run, {best}")
