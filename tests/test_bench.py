"""The bench's harness: the shape of its report and its sums. No seconds are asserted."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # the bench is run from the project's root and is not installed

from bench import floors, report  # noqa: E402
from bench.__main__ import main  # noqa: E402
from bench.cases import CASES, Absent, Unsupported  # noqa: E402
from bench.chart import draw_chart  # noqa: E402
from bench.measure import CaseResult, Timing, interleave, measure_case  # noqa: E402
from bench.peers import PEERS, Program, Ran, load_peer  # noqa: E402
from bench.threads import quickest  # noqa: E402
from bench.worker import in_worker  # noqa: E402

TINY = dataclasses.replace(CASES["12-3-2"], rows=64)


def fake(title: str, *, there: bool = True, program: Program | None = None) -> SimpleNamespace:
    def prepare(case, threads):
        if program is None:
            raise Unsupported("no dense layers")
        return program

    return SimpleNamespace(TITLE=title, available=lambda: there, version=lambda: "1.0", prepare=prepare)


@pytest.fixture(scope="module")
def tiny():
    peers = {
        "pellucid": load_peer("pellucid"),
        "sklearn": load_peer("sklearn"),
        "planted": fake("Planted", there=False),
        "unable": fake("Unable"),
    }
    result = measure_case(TINY, peers, rounds=3, threads=1)
    settings = {"rounds": 3, "threads": 1, "load_before_and_after": [0.5, 0.75]}
    machine = {"processor": "P", "cores": 2, "system": "S", "gflops_one_core": 10.0, "gflops_all_cores": 20.0,
               "versions": {"python": "3"}}  # fmt: skip
    titles = {name: peer.TITLE for name, peer in peers.items()}
    versions = {name: peer.version() if peer.available() else None for name, peer in peers.items()}
    return report.make_report([result], titles, versions, settings, machine, None)


def test_the_report_has_every_round_and_consistent_ratios(tiny) -> None:
    (case,) = tiny["cases"]
    assert (case["case"], case["batch_size"], case["rows"], case["program"]) == ("12-3-2", 16, 64, "train")
    assert set(case["peers"]) == {"pellucid", "sklearn"}
    own = case["peers"]["pellucid"]
    assert own["steps"] == 4
    assert own["ratio"] == 1.0
    assert case["peers"]["sklearn"]["steps"] == 12  # three epochs a fit
    for timing in case["peers"].values():
        assert len(timing["microseconds"]) == 3
        assert 0 < timing["least"] <= timing["quartiles"][0] <= timing["median"] <= timing["quartiles"][1]
        assert timing["median"] == sorted(timing["microseconds"])[1]
        assert timing["ratio"] == pytest.approx(timing["median"] / own["median"])
        assert timing["least_ratio"] == pytest.approx(timing["least"] / own["least"])
        assert timing["gflops"] == pytest.approx(TINY.flops / timing["median"] / 1000)


def test_a_planted_absent_peer_is_named(tiny) -> None:
    assert tiny["cases"][0]["missing"] == {"planted": "absent", "unable": "cannot: no dense layers"}
    text = report.report_text(tiny)
    assert "Absent: Planted." in text
    (line,) = [line for line in text.splitlines() if line.startswith("12-3-2 ") and "×" in line]
    assert line.split()[4:] == ["absent", "cannot"]
    assert "12-3-2, Unable: cannot: no dense layers" in text


def test_the_report_is_written_and_drawn(tiny, tmp_path) -> None:
    report.write_json(tiny, tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text(encoding="utf-8")) == tiny
    draw_chart(tiny, tmp_path / "bench.svg")
    drawn = (tmp_path / "bench.svg").read_text(encoding="utf-8")
    assert "scikit-learn" in drawn
    assert "Planted" not in drawn
    assert f"{tiny['cases'][0]['peers']['sklearn']['ratio']:.1f}×" in drawn


def test_programs_run_in_turn() -> None:
    order: list[str] = []
    runs = {name: lambda name=name: (order.append(name), 1)[1] for name in "ABC"}
    found = interleave(runs, 3, lambda text: None, "")
    assert "".join(order) == "ABCABCABC"
    assert {name: len(pairs) for name, pairs in found.items()} == {"A": 3, "B": 3, "C": 3}


def test_a_program_is_warmed_up_before_it_is_timed() -> None:
    calls: list[int] = []
    peers = {"pellucid": fake("A", program=Program(lambda: calls.append(1) or 5))}
    result = measure_case(TINY, peers, rounds=2, threads=1)
    assert len(calls) == 3
    assert result.timings["pellucid"].steps == 5
    assert len(result.timings["pellucid"].microseconds) == 2


def test_the_quickest_way_is_chosen() -> None:
    ways = {"slow": lambda: time.sleep(0.02), "quick": lambda: time.sleep(0.001), "later": lambda: time.sleep(0.001)}
    assert quickest(ways, times=2) in ("quick", "later")


def test_floors_tell_met_from_not_met() -> None:
    def result(torch: float) -> CaseResult:
        timings = {name: Timing(name, "", 1, (t,)) for name, t in (("pellucid", 2.0), ("torch", torch))}
        return CaseResult(CASES["64-32-10"], timings, {})

    (met,) = floors.check_floors([result(50.0)], None)
    assert (met.measured, met.bound, met.met) == (25.0, 25, True)
    (missed,) = floors.check_floors([result(49.0)], None)
    assert not missed.met
    waits = {"import_pellucid": 0.6, "import_numpy": 0.1, "first": 15.0, "later": None, "command": None}
    assert [(f.measured, f.met) for f in floors.check_floors([], waits)] == [(0.6, False), (15.0, True)]


def test_flops_of_a_step_by_hand() -> None:
    # Forward 2·(784·128 + 128·10) a sample; the weights' gradients as many; the inputs' gradient only in the second
    # layer, 2·128·10. Times 64 samples.
    assert CASES["784-128-10"].flops == 64 * (2 * 2 * (784 * 128 + 128 * 10) + 2 * 128 * 10)


def test_flops_of_a_convolutional_step_by_hand() -> None:
    # LeNet-5: 6 kernels of 5·5·1 at 24·24 places, 16 of 5·5·6 at 8·8, then 4·4·16 = 256 inputs of the dense layers.
    first = 2 * 24 * 24 * 6 * 5 * 5
    rest = 2 * (8 * 8 * 16 * 5 * 5 * 6 + 256 * 120 + 120 * 84 + 84 * 10)
    # Forward and the weights' gradients of all; the inputs' gradient of all but the first layer. Times 128 pictures.
    assert CASES["lenet5"].flops == 128 * (2 * (first + rest) + rest) == 194_181_120


def test_every_case_has_flops_and_data_that_fit() -> None:
    for case in CASES.values():
        assert case.flops > 0
        X, y = dataclasses.replace(case, rows=2).data()
        assert X.shape == (2, *case.inputs)
        assert len(y) == 2


def _planted(case, threads) -> Program:
    """What a worker's program does here: it tells its variable as the number of steps."""
    if case.name == "unable":
        raise Absent(f"no compiler for {threads} threads")
    return Program(lambda: int(os.environ["PLANTED"]), "planted")


def test_a_worker_is_timed_inside_and_tells_why_it_cannot() -> None:
    program = in_worker(_planted, TINY, 1, {"PLANTED": "7"})
    assert program.note == "planted"
    ran = program.run()
    assert ran.steps == 7
    assert 0 <= ran.seconds < 1
    found = interleave({"A": lambda: Ran(3, 0.5)}, 2, lambda text: None, "")
    assert found == {"A": [(3, 0.5), (3, 0.5)]}
    unable = dataclasses.replace(TINY, name="unable")
    peer = fake("P")
    peer.prepare = lambda case, threads: in_worker(_planted, case, threads, {})
    assert measure_case(unable, {"planted": peer}, 1, 2).missing == {"planted": "absent: no compiler for 2 threads"}


def test_names_are_parted_by_spaces_or_commas(capsys) -> None:
    with pytest.raises(SystemExit):
        main(["--cases", "12-3-2,lenet"])
    assert "unknown name 'lenet'; known are: 12-3-2, " in capsys.readouterr().err


def test_the_command(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setitem(CASES, "12-3-2", TINY)
    monkeypatch.setattr("bench.machine.SIZE", 32)
    options = ["--cases", "12-3-2", "--peers", "pellucid", "--rounds", "2", "--threads", "1", "--no-startup"]
    made = main([*options, "--output", str(tmp_path / "figures")])
    assert json.loads((tmp_path / "figures" / "bench.json").read_text(encoding="utf-8")) == made
    assert (tmp_path / "figures" / "bench.svg").exists()
    assert made["settings"]["rounds"] == 2
    assert "training step" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--rounds", "0"])


def test_every_peer_has_what_a_peer_has() -> None:
    for name in PEERS:
        peer = load_peer(name)
        assert peer.TITLE
        assert isinstance(peer.available(), bool)
        assert callable(peer.prepare)
