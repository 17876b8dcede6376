"""Processes that help to compile: the same machine code, and nothing lost where they fail."""

import subprocess
import sys
import time

import pytest

from pellucid.engines.cpu import compiler, helpers

CHEAP = [
    "pellucid.losses.kernels:batch_cost",
    "pellucid.optimizers.kernels:add_penalties",
    "pellucid.engines.cpu.samples:give_outputs",
    "pellucid.activations.kernels:forward/pellucid.activations.table:ReLU",
    "pellucid.activations.kernels:forward/pellucid.activations.table:Tanh",
    "pellucid.activations.kernels:softmax_forward",
]


@pytest.fixture
def made_here(monkeypatch, tmp_path):
    """With an empty cache and one helper: the kernels that this process compiles itself."""
    made, real = [], compiler._compile
    monkeypatch.setattr(compiler, "_cache_folder", lambda: str(tmp_path))
    monkeypatch.setattr(compiler, "_loaded", {})
    monkeypatch.setattr(compiler, "HELPERS", 1)

    def watch(name, dtype):
        made.append(name)
        return real(name, dtype)

    monkeypatch.setattr(compiler, "_compile", watch)
    return made


def files(folder):
    return {file.name: file.read_bytes() for file in folder.glob("*.bin")}


def test_a_helper_makes_some_of_them_and_all_are_kept(made_here, tmp_path, monkeypatch):
    watched = compiler._compile

    def late(name, dtype):
        until = time.monotonic() + 60
        while not list(tmp_path.glob("*.bin")) and time.monotonic() < until:
            time.sleep(0.01)
        return watched(name, dtype)

    monkeypatch.setattr(compiler, "_compile", late)
    found = compiler.addresses(CHEAP, "float32")
    assert all(found[name] for name in CHEAP)
    assert 0 < len(made_here) < len(CHEAP)
    shared = files(tmp_path)
    assert len(shared) == len(CHEAP)

    alone = tmp_path / "alone"
    alone.mkdir()
    made_here.clear()
    monkeypatch.setattr(compiler, "_cache_folder", lambda: str(alone))
    monkeypatch.setattr(compiler, "_loaded", {})
    monkeypatch.setattr(compiler, "HELPERS", 0)
    monkeypatch.setattr(compiler, "_compile", watched)
    compiler.addresses(CHEAP, "float32")
    assert made_here == CHEAP
    assert files(alone).keys() == shared.keys()


def broken(*_, **__):
    raise OSError("no more processes")


@pytest.mark.parametrize("program", ["raise SystemExit", "print('hello')", "import os; os.kill(os.getpid(), 9)"])
def test_a_helper_that_dies_leaves_its_kernels(made_here, program, monkeypatch):
    monkeypatch.setattr(helpers, "SERVE", program)
    found = compiler.addresses(CHEAP, "float32")
    assert all(found[name] for name in CHEAP)
    assert sorted(made_here) == sorted(CHEAP)


def test_no_helper_can_start(made_here, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", broken)
    assert all(compiler.addresses(CHEAP, "float32").values())
    assert sorted(made_here) == sorted(CHEAP)


def test_what_a_helper_cannot_compile_is_said_by_the_one_who_asked(made_here):
    with pytest.raises(AttributeError, match="no_such_kernel"):
        compiler.addresses([*CHEAP, "pellucid.losses.kernels:no_such_kernel"], "float32")


def test_a_helper_ends_with_its_questions():
    helper = helpers.Helper()
    code, symbol = helper.compile(CHEAP[0], "float32")
    assert code
    assert "batch_cost" in symbol
    assert helper.compile("pellucid.losses.kernels:no_such_kernel", "float32") is None
    helper._process.stdin.close()
    assert helper._process.wait(30) == 0
    helper.end()


def test_few_kernels_need_no_helper(made_here, monkeypatch):
    monkeypatch.setattr(compiler, "Helper", broken)
    few = CHEAP[: compiler.KERNELS_FOR_A_HELPER - 1]
    compiler.addresses(few, "float32")
    assert made_here == few


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the children of a process are read from /proc")
def test_no_process_stays():
    before = children()
    helper = helpers.Helper()
    assert len(children()) == len(before) + 1
    helper.end()
    assert children() == before


def children():
    with open("/proc/thread-self/children", encoding="ascii") as file:
        return set(file.read().split())
