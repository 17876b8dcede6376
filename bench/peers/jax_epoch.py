"""JAX: the whole epoch as one compiled ``lax.scan`` over shuffled batches, or a compiled step; the state is donated.

XLA on processors runs convolutions within a scan on one thread, and its own convolutions and windows slower than matrix
products of patches; so JAX gets all of these ways, and the quickest is taken.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.cases import Case, Unsupported
from bench.peers import Program
from bench.peers.jax_model import adam, answer, cost, parameters
from bench.threads import quickest
from bench.worker import quickest_worker

TITLE = "JAX"
TRIAL = 1_000  # steps, at most, by which the quickest way is chosen


def available() -> bool:
    return importlib.util.find_spec("jax") is not None


def version() -> str:
    return importlib.metadata.version("jax")


def prepare(case: Case, threads: int) -> Program:
    if case.rows % case.batch_size:
        raise Unsupported("whole batches only")
    return quickest_worker(build, case, threads, xla_threads)


def xla_threads(threads: int) -> dict[str, str]:
    """Variables that XLA reads when it starts: the threads of an operation, and of its thread pool."""
    return {"XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}", "NPROC": str(threads)}


def build(case: Case, threads: int) -> Program:
    """Data on the device, and the quickest way; within the worker."""
    if not case.trains:
        return _predictions(case)
    import jax.numpy as jnp

    X, y = map(jnp.asarray, case.data())
    y = y.astype(jnp.int32) if case.loss == "categorical_crossentropy" else y
    forms = {", XLA's convolutions": False, ", matrix products": True} if len(case.inputs) == 3 else {"": False}
    ways = {
        f"{loop}{form}": _epoch(case, X, y, products, scan)
        for loop, scan in {"lax.scan of an epoch": True, "jitted steps": False}.items()
        for form, products in forms.items()
    }
    steps = case.trial_steps(TRIAL)
    best = quickest({way: functools.partial(run, steps) for way, run in ways.items()}, times=2)
    return Program(ways[best], f"{best}: the quickest of {len(ways)} ways, its threads set by XLA_FLAGS and NPROC")


def _predictions(case: Case) -> Program:
    """A jitted call; its rows are on the device, and it is waited for."""
    import jax
    import jax.numpy as jnp

    params, calls = parameters(case), list(map(jnp.asarray, case.calls(case.data()[0])))
    forms = (
        {"XLA's convolutions": False, "matrix products": True} if len(case.inputs) == 3 else {"a jitted call": False}
    )
    ways = {}
    for form, products in forms.items():
        compiled = jax.jit(functools.partial(answer, case, products))

        def run(steps: int | None = None, compiled: Any = compiled) -> int:
            for rows in calls[:steps]:
                compiled(params, rows).block_until_ready()
            return len(calls[:steps])

        ways[form] = run
    best = quickest({way: functools.partial(run, case.trial_steps(TRIAL)) for way, run in ways.items()}, times=2)
    return Program(ways[best], f"{best}: the quickest of {len(ways)} ways")


def plain(case: Case, threads: int) -> Callable[[], int]:
    """One way, without trials."""
    import jax.numpy as jnp

    X, y = map(jnp.asarray, case.data())
    y = y.astype(jnp.int32) if case.loss == "categorical_crossentropy" else y
    return _epoch(case, X, y, products=len(case.inputs) == 3, scan=True)


def environment(threads: int) -> dict[str, str]:
    """Variables that XLA reads when it starts."""
    return xla_threads(threads)


def _epoch(case: Case, X: Any, y: Any, products: bool, scan: bool) -> Callable[..., int]:
    import jax
    import jax.numpy as jnp
    from jax import lax

    def step(state: Any, rows: Any) -> tuple[Any, None]:
        params, m, v, t, key = state
        own_key = jax.random.fold_in(key, t)
        gradients = jax.grad(functools.partial(cost, case, products))(params, own_key, X[rows], y[rows])
        return (*adam(params, gradients, m, v, t + 1), t + 1, key), None

    def several(state: Any, batches: Any) -> Any:
        return lax.scan(step, state, batches)[0]

    compiled = jax.jit(several if scan else lambda state, rows: step(state, rows)[0], donate_argnums=0)
    random = np.random.default_rng(0)
    start = parameters(case)
    zeros = functools.partial(jax.tree.map, jnp.zeros_like, start)
    state = (start, zeros(), zeros(), jnp.int32(0), jax.random.key(0, impl="rbg"))

    def run(steps: int | None = None) -> int:
        nonlocal state
        batches = random.permutation(case.rows).astype(np.int32).reshape(case.steps, case.batch_size)[:steps]
        for rows in [batches] if scan else batches:
            state = compiled(state, rows)
        jax.block_until_ready(state)
        return len(batches)

    return run
