"""The machine: processor, cores, versions, and the measured peaks of matrix products and of copying memory."""

from __future__ import annotations

import importlib.metadata
import platform
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bench.threads import available_cores, same_threads

SIZE = 1536  # of the square matrices
PACKAGES = (
    "numpy", "scipy", "numba", "llvmlite", "scikit-learn", "torch", "jax", "keras",
    "tensorflow", "tensorflow-cpu", "onnxruntime",
)  # fmt: skip


def describe_machine() -> dict[str, Any]:
    """Everything that a figure's reader asks first."""
    cores = available_cores()
    return {
        "processor": processor(),
        "cores": cores,
        "system": f"{platform.system()} {platform.machine()}",
        "gflops_one_core": peak(1),
        "gflops_all_cores": peak(cores),
        "versions": {"python": platform.python_version()} | versions(),
    }


def with_best_peak(machine: dict[str, Any]) -> dict[str, Any]:
    """The same with the peaks measured once more, and the better of both kept: other work can only lower a peak."""
    one, every = peak(1), peak(machine["cores"])
    return machine | {
        "gflops_one_core": max(one, machine["gflops_one_core"]),
        "gflops_all_cores": max(every, machine["gflops_all_cores"]),
    }


def processor() -> str:
    """The processor's own name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    flags = next((line for line in lines if line.startswith("flags")), "").split()
    vectors = next((v for v in ("avx512f", "avx2", "avx") if v in flags), "")
    return (names[0] if names else platform.machine()) + (f" ({vectors.upper()})" if vectors else "")


def peak(threads: int, times: int = 7) -> float:
    """GFLOP/s of a float32 matrix product: the best of several."""
    a = np.random.default_rng(0).random((SIZE, SIZE), dtype=np.float32)
    out = np.empty_like(a)
    best = float("inf")
    with same_threads(threads):
        for _ in range(times):
            began = time.perf_counter()
            np.matmul(a, a, out=out)
            best = min(best, time.perf_counter() - began)
    return 2.0 * SIZE**3 / best / 1e9


def product_run(threads: int, seconds: float = 0.2) -> Callable[[], int]:
    """A program that multiplies for about so long, as a peer's run does; it returns its multiplications and additions.

    It takes its turn between the peers' runs, so that a share of its speed is one of what the machine gives just then.
    """
    a = np.random.default_rng(0).random((SIZE, SIZE), dtype=np.float32)
    out = np.empty_like(a)
    times = max(1, round(seconds / (2.0 * SIZE**3 / (peak(threads, 3) * 1e9))))

    def run() -> int:
        for _ in range(times):
            np.matmul(a, a, out=out)
        return times * 2 * SIZE**3

    return run


def copy_speed(threads: int, size: int, seconds: float = 0.05) -> float:
    """GB/s, read and written, of copying ``size`` bytes of memory in parts, one a thread: the best of several.

    What fits in a cache is copied within it, as a network of that size is computed within it.
    """
    # Numbers of a part: half of the bytes are read, half written. Less than this, and the call itself takes as long.
    count = max(8192, size // 8 // threads)
    parts = [(np.zeros(count, np.float32), np.ones(count, np.float32)) for _ in range(threads)]
    best = 0.0

    def copy(part: int) -> None:
        nonlocal best
        into, source = parts[part]
        repeats = 1
        for _ in range(5):
            barrier.wait()
            began = time.perf_counter()
            for _ in range(repeats):
                np.copyto(into, source)
            taken = time.perf_counter() - began
            if barrier.wait() == 0:
                best = max(best, 8.0 * count * threads * repeats / taken / 1e9)
            barrier.wait()
            repeats = max(repeats, min(100_000, int(seconds * best * 1e9 / (8 * count * threads))))

    barrier = threading.Barrier(threads)
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(copy, part) for part in range(threads)]:
            done.result()
    return best


def versions() -> dict[str, str]:
    """The versions of what is installed."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
