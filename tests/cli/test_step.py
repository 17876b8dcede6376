"""``pellucid step``: every number of some updates as text, or one key at a time in a terminal."""

import os
import sys

import numpy as np
import pytest

from pellucid import Dense, Input, Network, load

FIRST = """\
Update 1, before the first step

input
  sample  input  value
  ────────────────────
  0       x[0]       0
  0       x[1]       0
  1       x[0]       0
  1       x[1]       1

Update 1, forward dense_1
"""


@pytest.fixture
def model(here):
    net = Network([Input(2), Dense(2, activation="tanh"), Dense(1, activation="sigmoid")], seed=1)
    net.compile("binary_crossentropy", {"kind": "sgd", "rate": 0.5})
    net.save(here / "xor.pellucid")
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    np.savez(here / "xor.npz", X=X, y=np.array([0, 1, 1, 0]))
    return net, X, np.array([0, 1, 1, 0])


def test_without_a_terminal_one_update_is_printed_whole(run, model):
    net, X, y = model
    done = run("step", "xor.pellucid", "xor.npz", "--limit", 2)
    assert done.exit_code == 0
    assert done.stdout.startswith(FIRST)
    assert [line for line in done.stdout.splitlines() if line.startswith("Update")] == [
        "Update 1, before the first step", "Update 1, forward dense_1", "Update 1, forward dense_2", "Update 1, loss",
        "Update 1, backward dense_2", "Update 1, backward dense_1", "Update 1, update dense_1",
        "Update 1, update dense_2",
    ]  # fmt: skip
    assert done.stdout.endswith(f"\nCost: {net.trace(X[:2], y[:2]).cost:.4g}\n")


def test_several_updates_with_their_own_rate_are_saved(run, model, here):
    net, X, y = model
    options = ("--limit", 4, "--all", "--updates", 3, "--rate", 0.1, "--by", "update")
    done = run("step", "xor.pellucid", "xor.npz", *options, "--output", "stepped.pellucid")  # fmt: skip
    assert done.exit_code == 0
    assert done.stdout.endswith("Saved: stepped.pellucid, after 3 updates\n")
    stepper = net.stepper(X, y, rate=0.1).run_to("update", update=3)
    kept = load(here / "stepped.pellucid").weights
    assert all(np.array_equal(kept[name], w) for name, w in stepper.weights.items())
    assert load(here / "xor.pellucid").updates == 0


def test_digits_and_full_tables(run, model):
    net, X, y = model
    done = run("step", "xor.pellucid", "xor.npz", "--digits", 9, "--full")
    assert f"{float(net.trace(X[:3], y[:3])['dense_1'].z[1, 0]):.9g}" in done.stdout


def test_what_is_wrong_is_said(run, model):
    assert run("step", "xor.pellucid", "nothing.npz").exit_code == 1
    assert run("step", "xor.pellucid", "xor.npz", "--by", "epoch").exit_code == 2
    done = run("step", "xor.pellucid", "xor.npz", "--rate", 0)
    assert (done.exit_code, "expected a number above 0, got 0." in done.stderr) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of Unix")
def test_keys_in_a_terminal(here, model):
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable, ["-m", "pellucid", "step", "xor.pellucid", "xor.npz"], cwd=here, encoding="utf-8", timeout=60,
        dimensions=(60, 120), env=os.environ | {"TERM": "dumb"},
    )  # fmt: skip

    def press(key, *words):
        child.expect("q quit")
        child.send(key)
        for word in words:
            child.expect_exact(word)

    press("\r", "Update 1, forward dense_1", "tanh")
    press("s", "Update 1, forward dense_2")
    press("u", "Update 1, loss", "Update 1, update dense_2")
    press("w", "dense_2.bias")
    press("e", "Explain which unit or weight")
    child.sendline("dense_1[1]")
    child.expect_exact("z = b + Σ w · x")
    press("e", "Explain which unit or weight")
    child.sendline("dense_7[1]")
    child.expect_exact('No layer "dense_7".')
    press("t", "Trace of network (2 → 2 → 1): 3 samples")
    press("r", "Update 1, before the first step")
    press("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
