"""Profiles, limits, scaling, memory and whole commands of the bench: their sums and their reports. No seconds."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the bench is run from the project's root and is not installed

from bench import command, floors, limits, memory, scaling, worker  # noqa: E402
from bench.__main__ import main  # noqa: E402
from bench.cases import CASES, GROUPS, MANY, Absent, Unsupported  # noqa: E402
from bench.measure import CaseResult, Timing, interleave, measure_case  # noqa: E402
from bench.peers import PEERS, Program, load_peer  # noqa: E402
from bench.peers.pellucid_fit import network  # noqa: E402
from bench.profile import OpTime, Profile, op_bytes, op_flops, profile, step_flops  # noqa: E402

TRAINED = [case for case in CASES.values() if case.trains]


def tiny(name: str):
    """The case with two batches, or two calls."""
    return dataclasses.replace(CASES[name], rows=2 * CASES[name].batch_size)


# --- cases -----------------------------------------------------------------------------------------------------------


def test_the_groups_hold_all_cases_and_four_batch_sizes_of_two_networks() -> None:
    assert sum(map(len, GROUPS.values())) == len(CASES)
    small = {case.batch_size for case in CASES.values() if case.name.startswith("64-32-10/batch")}
    middle = {case.batch_size for case in CASES.values() if case.name.startswith("784-128-10") and case.trains}
    assert small == {1, 10, 64, 512} == middle
    assert {CASES["lenet5/one-row"].batch_size, CASES[f"lenet5/{MANY}-rows"].batch_size} == {1, 10_000}


def test_a_prediction_s_calls_have_its_rows() -> None:
    case = dataclasses.replace(CASES["64-32-10/one-row"], rows=25_000)
    X, _ = case.data()
    calls = case.calls(X)
    assert (X.shape, len(calls)) == ((MANY, 64), 25_000)
    assert calls[MANY + 3] is calls[3]
    assert (calls[3] == X[3:4]).all()
    assert case.flops == 2 * (64 * 32 + 32 * 10)


@pytest.mark.parametrize("case", TRAINED, ids=lambda case: case.name)
def test_the_plan_s_products_are_the_case_s(case) -> None:
    net = network(case)
    plan = net.plan(case.batch_size, labels=case.loss == "categorical_crossentropy")
    assert step_flops(plan, case.batch_size) == case.flops == plan.flops * case.batch_size


def test_a_group_s_name_stands_for_its_cases(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--cases", "predictions,unknown"])
    assert "unknown name 'unknown'; known are: 12-3-2, " in capsys.readouterr().err
    made = main(["--cases", "64-32-10/one-row", "64-32-10/one-row", "--peers", "--rounds", "1", "--no-startup"])
    assert [case["case"] for case in made["cases"]] == ["64-32-10/one-row"]
    out = capsys.readouterr().out
    assert out.startswith("64-32-10/one-row, µs: pellucid ")  # at once, not only in the report at the end
    assert "prediction        rows" in out
    assert "training step" not in out


# --- peers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["pellucid", "torch", "sklearn", "fann", "onnxruntime"])
@pytest.mark.parametrize("case", ["8-12-8-1", "64-32-10/one-row"])
def test_a_peer_runs_a_case_or_says_why_not(name: str, case: str) -> None:
    peer = load_peer(name)
    if not peer.available():
        pytest.skip(f"{peer.TITLE} is not installed")
    lacks = {("fann", "64-32-10/one-row"), ("onnxruntime", "8-12-8-1")}
    if (name, case) in lacks:
        with pytest.raises(Unsupported):
            peer.prepare(tiny(case), 1)
        return
    program = peer.prepare(tiny(case), 1)
    assert program.run() in (2, 6)  # two steps or calls; scikit-learn fits three epochs
    assert isinstance(program.note, str)


def test_the_photographs_network_is_the_same_in_pytorch() -> None:
    pytest.importorskip("torch")
    from bench.peers.torch_model import network as in_torch

    case = CASES["cats_dogs"]
    own = network(case)
    assert sum(p.numel() for p in in_torch(case).parameters()) == own.parameter_count
    assert own.output_shape == (1,)


def test_fann_learns() -> None:
    from bench.peers import fann

    if not fann.available():
        pytest.skip("FANN's library is not installed")
    import ctypes

    library, case = fann._library(), tiny("12-3-2")
    assert fann.version() != ""
    library.fann_get_MSE.restype, library.fann_get_MSE.argtypes = ctypes.c_float, [ctypes.c_void_p]
    made = []
    real = library.fann_create_standard_array

    def watched(*sizes):
        made.append(real(*sizes))
        return made[-1]

    library.fann_create_standard_array = watched
    try:
        run = fann.epoch(case, "iRPROP−", "sigmoid")
    finally:
        library.fann_create_standard_array = real
    run()
    first = library.fann_get_MSE(made[0])
    for _ in range(50):
        run()
    assert library.fann_get_MSE(made[0]) < 0.9 * first


def test_onnxruntime_runs_the_same_network(monkeypatch) -> None:
    peer = load_peer("onnxruntime")
    if not peer.available():
        pytest.skip("onnxruntime is not installed")
    import onnxruntime

    answers = []
    real = onnxruntime.InferenceSession

    class Watched(real):
        def run(self, *arguments):
            answers.append(super().run(*arguments)[0])
            return [answers[-1]]

    monkeypatch.setattr(onnxruntime, "InferenceSession", Watched)
    case = tiny("64-32-10/one-row")
    peer.prepare(case, 1).run()
    expected = network(case).predict(case.data()[0])
    np.testing.assert_allclose(np.concatenate(answers[-2:]), expected, rtol=1e-4, atol=1e-6)


def _slow(case, threads) -> Program:
    """A worker's program that takes too long: to prepare where the case is named so, else to run."""
    if case.name == "slow to prepare":
        time.sleep(60)
    return Program(lambda: time.sleep(60), "slow")


def test_a_worker_that_takes_too_long_is_ended_and_named(monkeypatch) -> None:
    class Peer:
        TITLE = "Slow"
        available = staticmethod(lambda: True)
        prepare = staticmethod(lambda case, threads: worker.in_worker(_slow, case, threads, {}))

    monkeypatch.setattr(worker, "PATIENCE", 0.1)
    case = dataclasses.replace(tiny("12-3-2"), name="slow to prepare")
    found = measure_case(case, {"slow": Peer}, 1, 1)
    assert found.missing == {"slow": "absent: preparing took more than 0 s"}
    monkeypatch.setattr(worker, "PATIENCE", 60.0)
    program = worker.in_worker(_slow, tiny("12-3-2"), 1, {})
    monkeypatch.setattr(worker, "PATIENCE", 0.1)
    with pytest.raises(Absent, match=r"^a run took more than 0 s$"):
        program.run()


def test_a_program_that_gives_up_in_a_round_is_left_out() -> None:
    rounds = iter([1, None])

    def gives_up() -> int:
        if next(rounds) is None:
            raise Absent("no more")
        return 1

    missing: dict[str, str] = {}
    found = interleave({"A": gives_up, "B": lambda: 1}, 3, lambda text: None, "", missing)
    assert missing == {"A": "absent: no more"}
    assert {name: len(pairs) for name, pairs in found.items()} == {"B": 3}


def test_a_share_of_the_peak_is_a_floor() -> None:
    case = CASES["784-512-512-10"]
    timings = {"pellucid": Timing("pellucid", "", 1, (case.flops / 1e3 / 60,))}  # 60 GFLOP/s
    (met,) = floors.check_floors([CaseResult(case, timings, {}, (90.0, 100.0, 120.0))], None)
    said = "784-512-512-10: share of the matrix product's speed"
    assert (met.what, round(met.measured, 6), met.met) == (said, 0.6, True)
    (missed,) = floors.check_floors([CaseResult(case, timings, {}, (101.0,))], None)
    assert not missed.met
    assert floors.check_floors([CaseResult(case, timings, {})], None) == []


def test_matrix_products_have_their_turn_in_every_round() -> None:
    found = measure_case(tiny("12-3-2"), {"pellucid": load_peer("pellucid")}, 2, 1, products=True)
    assert list(found.timings) == ["pellucid"]
    assert len(found.products) == 2
    assert found.share("pellucid") == pytest.approx(
        found.case.flops / found.timings["pellucid"].median / 1e3 / np.median(found.products)
    )


def test_every_floor_has_its_case_and_its_peer() -> None:
    assert {case for case, _ in floors.RATIOS} | set(floors.SHARES) <= set(CASES)
    assert {peer for _, peer in floors.RATIOS} <= set(PEERS)


# --- profile and limits ----------------------------------------------------------------------------------------------


def test_flops_and_bytes_of_an_operation_by_hand() -> None:
    net = network(CASES["12-3-2"])
    plan = net.plan(40)
    ops = {op.name: op for phase in plan.programs["train"] for op in phase.ops if op.layer in ("dense_1", "adam")}
    assert op_flops(ops["dense.forward"], 40) == 2 * 12 * 3 * 40
    # Three groups of sixteen: inputs, weights, biases, weighted inputs; four bytes each.
    assert op_bytes(ops["dense.forward"], plan, 40) == 4 * (48 * 12 + 12 * 3 + 3 + 48 * 3)
    assert op_flops(ops["optimizers.update(Adam)"], 40) == 0
    # 48 numbers (47, rounded up): p, m and v read and written, g read; and the constants.
    constants = 3 + 3 + 1
    assert op_bytes(ops["optimizers.update(Adam)"], plan, 40) == 4 * (48 * 7 + constants)


def test_a_profile_has_every_operation_and_leaves_the_network_alone() -> None:
    case = tiny("64-32-10")
    net, (X, y) = network(case), case.data()
    before = net.snapshot()
    found = profile(net, X, y, case.batch_size, seconds=1e-4)
    plan = net.plan(case.batch_size, labels=True)
    assert [op.name for op in found.ops] == [op.name for phase in plan.programs["train"] for op in phase.ops]
    assert found.microseconds > 0
    assert all(op.microseconds >= 0 for op in found.ops)
    assert sum(op.flops for op in found.by_kind()) == case.flops
    assert (net.snapshot() == before).all()


def test_operations_of_one_name_are_added_up() -> None:
    ops = (OpTime("a", "x", 1.0, 10, 100), OpTime("b", "y", 5.0, 0, 7), OpTime("c", "x", 2.0, 20, 200))
    found = Profile(ops, 10.0)
    assert found.by_kind() == [OpTime("", "y", 5.0, 0, 7), OpTime("", "x", 3.0, 30, 300)]
    assert found.between == 2.0


def test_the_limit_is_what_takes_longer() -> None:
    assert limits.limit(1e9, 1e6, 100.0, 10.0) == (pytest.approx(10_000.0), "products")  # 10 ms, and 0.1 ms
    assert limits.limit(1e6, 1e9, 100.0, 10.0) == (pytest.approx(100_000.0), "memory")


def test_the_limits_command(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("bench.machine.SIZE", 32)
    monkeypatch.setitem(CASES, "64-32-10", tiny("64-32-10"))
    found = limits.main(["--cases", "64-32-10", "--rounds", "1", "--threads", "1", "--output", str(tmp_path)])
    assert json.loads((tmp_path / "limits.json").read_text(encoding="utf-8")) == found
    (case,) = found["cases"]
    assert case["flops"] == CASES["64-32-10"].flops
    out = capsys.readouterr().out
    assert "64-32-10, one thread" in out
    assert "between operations" in out
    assert "order, rows from all over the data, Python" in out
    assert "reached" in out


# --- scaling ---------------------------------------------------------------------------------------------------------


def test_an_exponent_is_the_slope_of_the_logarithms() -> None:
    sizes = [1, 2, 4, 8]
    assert scaling.exponent(sizes, [3 * n**2 for n in sizes]) == pytest.approx(2.0)
    assert scaling.exponent(sizes, [7 / n for n in sizes]) == pytest.approx(-1.0)
    assert math.isnan(scaling.exponent([1], [1.0]))
    assert [scaling.upper_half(sizes[:n]) for n in (1, 2, 3, 4)] == [0, 0, 1, 2]


def test_the_scaling_command(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(scaling, "SECONDS", 1e-4)
    options = ["--only", "width,threads", "--sizes", "2", "--rounds", "1", "--threads", "1"]
    found = scaling.main([*options, "--output", str(tmp_path)])
    width, threads = found["series"]
    assert (width["sizes"], len(width["microseconds"])) == ([8, 16], 2)
    assert threads["sizes"][0] == 1
    assert "exponent" in (tmp_path / "scaling.svg").read_text(encoding="utf-8")
    assert "step of 64-n-n-10, batch 64" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        scaling.main(["--only", "height"])
    assert "unknown name 'height'; known are: samples, features" in capsys.readouterr().err


# --- memory and commands ---------------------------------------------------------------------------------------------


def test_memory_is_that_of_a_process_of_its_own(capsys) -> None:
    found = memory.main(["--cases", "12-3-2", "--peers", "pellucid"])
    (one,) = found["results"]
    assert 10 < one["imported"] <= one["peak"]
    assert one["import_seconds"] > 0
    assert "12-3-2, Pellucid" in capsys.readouterr().out


def test_a_peak_sees_planted_memory() -> None:
    script = "from bench.memory import peak; import numpy as np; b = peak(); x = np.ones(40_000_000); print(peak() - b)"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert 310 < float(run.stdout) < 340  # 320 MB


def test_a_command_s_time_accuracy_and_failure(monkeypatch) -> None:
    good = command.Command((sys.executable, "-c", "import os; print('so', os.environ['PLANTED'])"), {"PLANTED": "0.75"})
    seconds, accuracy = command.seconds_of(good)
    assert seconds > 0
    assert accuracy == 0.75
    with pytest.raises(RuntimeError, match=r"^ValueError: planted$"):
        command.seconds_of(command.Command((sys.executable, "-c", "raise ValueError('planted')"), {}))
    monkeypatch.setattr(command, "PATIENCE", 0.1)
    with pytest.raises(RuntimeError, match="took more than 0 s"):
        command.seconds_of(command.Command((sys.executable, "-c", "import time; time.sleep(60)"), {}))


def test_the_command_s_floor_is_held_against_the_quickest_keras() -> None:
    seconds = {"pellucid train": [1.0, 1.2, 0.8], "Keras on jax": [30.0, 20.0, 10.0], "Keras on torch": [90.0]}
    found = {"seconds": seconds, "accuracy": {"Keras on jax": 0.75}, "missing": {"Keras on tensorflow": "no module"}}
    text = command.command_text(found)
    assert text.endswith("floor: Keras's quickest backend ÷ pellucid train 20.0, promised ≥ 20: met")
    assert "Keras on tensorflow: absent, no module" in text
    seconds["Keras on jax"] = [19.0]
    assert command.command_text(found).endswith("19.0, promised ≥ 20: NOT MET")


def test_both_of_pellucid_s_trainings_run(tmp_path) -> None:
    rng = np.random.default_rng(0)
    table = np.column_stack([rng.random((40, 8)).round(3), np.arange(40) % 2])
    path = tmp_path / "table.csv"
    np.savetxt(path, table, delimiter=",", fmt="%g")
    found = command.commands(path, 1, str(tmp_path / "modules"))
    for name in ("pellucid train", "Pellucid, script"):
        seconds, accuracy = command.seconds_of(found[name])
        assert seconds > 0
        assert accuracy is None or 0 <= accuracy <= 1


def test_backends_are_those_that_were_asked_for(monkeypatch, tmp_path) -> None:
    from bench import command

    monkeypatch.setattr(command.importlib.util, "find_spec", lambda name: True)
    found = {of: list(command.commands(tmp_path / "t.csv", 1, "", of)) for of in ((), ("jax",), command.BACKENDS)}
    own = ["pellucid train", "Pellucid, script"]
    assert found[()] == own
    assert found["jax",] == [*own, "Keras on jax"]
    assert found[command.BACKENDS] == [*own, "Keras on jax", "Keras on tensorflow", "Keras on torch"]
