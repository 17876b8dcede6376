"""pellucid predict, evaluate, summary, activations, and what holds for all commands."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys

import numpy as np
import polars
import pytest

import pellucid
from pellucid.record.run import read_run


@pytest.fixture
def model(run, flowers):
    """A run folder of a network that tells the flowers apart."""
    done = run("train", "flowers.csv", "--epochs", "100", "--output", "f", "--quiet")
    assert done.exit_code == 0, done.stderr
    return "f"


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_predict_gives_classes_and_probabilities(run, model):
    rows = table(run("predict", model, "flowers.csv").stdout)
    assert list(rows[0]) == ["row", "true", "predicted", "p(lily)", "p(rose)", "p(tulip)"]
    assert len(rows) == 60
    assert all(row["true"] == row["predicted"] for row in rows)
    net = read_run(model).network()
    X = polars.read_csv("flowers.csv")
    outputs = [[np.float32(row[f"p({name})"]) for name in net.class_names] for row in rows]
    np.testing.assert_array_equal(np.array(outputs, np.float32), net.predict(X))


def test_predict_finds_columns_by_name_and_ignores_others(run, model, here):
    (here / "new.csv").write_text("note,height,width\nabc,0.0,0.0\ndef,3.9,2.1\n")
    rows = table(run("predict", f"{model}/model.pellucid", "new.csv").stdout)
    assert list(rows[0]) == ["row", "predicted", "p(lily)", "p(rose)", "p(tulip)"]
    assert [row["predicted"] for row in rows] == ["rose", "lily"]


def test_predict_reads_columns_without_names_in_their_order(run, model, here):
    (here / "new.csv").write_text("0.0,0.0\n2.1,3.9\n")
    assert [row["predicted"] for row in table(run("predict", model, "new.csv").stdout)] == ["rose", "lily"]


def test_predict_reads_standard_input(run, model):
    done = run("predict", model, "-", input="width,height\n0,0\n2.1,3.9\n")
    assert [row["predicted"] for row in table(done.stdout)] == ["rose", "lily"]
    bad = run("predict", model, "-", input="width,height\n0,x\n")
    assert bad.stderr.startswith('Error: standard input, line 2, column "height": expected a number, got "x".')


def test_predict_takes_a_class_that_is_written_as_another_number_for_the_same(run, here):
    rows = "\n".join(f"{k},{float(k > 20)}" for k in range(40))
    (here / "n.csv").write_text(f"x,kind\n{rows}\n")
    run("train", "n.csv", "--output", "n", "--epochs", 2)
    answers = table(run("predict", "n", "n.csv").stdout)
    assert [answers[0]["true"], answers[-1]["true"]] == ["0", "1"]


def test_predict_limits_rows_and_writes_a_file(run, model, here):
    done = run("predict", model, "flowers.csv", "--limit", 3, "--output", "out.csv")
    assert done.stdout == "3 rows written to out.csv.\n"
    assert [row["row"] for row in table((here / "out.csv").read_text())] == ["1", "2", "3"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX's")
def test_predict_writes_into_a_pipe_and_leaves_it_a_pipe(run, model, here):
    from concurrent.futures import ThreadPoolExecutor

    os.mkfifo(here / "pipe")
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit((here / "pipe").read_text)
        assert run("predict", model, "flowers.csv", "--output", "pipe").exit_code == 0
        assert (here / "pipe").is_fifo()
        assert len(table(read.result(timeout=10))) == 60


def test_predict_numbers(run, prices):
    run("train", "prices.csv", "--output", "p", "--epochs", 5)
    rows = table(run("predict", "p", "prices.csv", "--limit", 2).stdout)
    assert list(rows[0]) == ["row", "true", "predicted"]
    net = read_run("p").network()
    assert np.float32(rows[0]["predicted"]) == net.predict(polars.DataFrame({"size": [0], "age": [0]}))[0, 0]


def test_predict_with_one_sigmoid_unit_gives_both_probabilities(run, here):
    (here / "two.csv").write_text("x,kind\n" + "\n".join(f"{k / 40},{'ab'[k > 20]}" for k in range(40)))
    run("train", "two.csv", "--output", "t", "--epochs", 5)
    row = table(run("predict", "t", "two.csv").stdout)[0]
    assert float(row["p(a)"]) + float(row["p(b)"]) == pytest.approx(1)


def test_predict_names_outputs_that_are_no_probabilities(run):
    run("train", "pictures-4x3", "--output", "p", "--quiet")
    row = table(run("predict", "p", "pictures-4x3").stdout)[0]
    assert list(row) == ["row", "true", "predicted", "output 0", "output 1"]


PREDICT_FAILURES = [
    (["none", "flowers.csv"], "none: there is no such file."),
    (["flowers.csv", "flowers.csv"], None),
    (["f", "none.csv"], "none.csv: there is no such file."),
    (["f", "half.csv"], 'half.csv: the column "height", which the network was trained on, is missing.'),
    (["f", "three.csv", "--target", "nope"], 'three.csv: no column "nope". Columns: a, b, c, d.'),
    (
        ["f", "three.csv"],
        'three.csv: the column "width", which the network was trained on, is missing. Columns: a, b, c, d.',
    ),
    (["f", "flowers.csv", "--output", "none/out.csv"], None),
]


@pytest.mark.parametrize(("words", "error"), PREDICT_FAILURES, ids=[" ".join(w) for w, _ in PREDICT_FAILURES])
def test_predict_fails_with_one_line_and_leaves_nothing(run, model, here, words, error):
    (here / "half.csv").write_text("width,size\n1,2\n")
    (here / "three.csv").write_text("a,b,c,d\n1,2,3,4\n")
    before = sorted(here.rglob("*"))
    done = run("predict", *words)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: " + (error or ""))
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert sorted(here.rglob("*")) == before


def test_evaluate_repeats_the_result_of_a_run(run, model):
    done = run("evaluate", model, "--json")
    assert json.loads(done.stdout) == json.loads(json.dumps(dict(read_run(model).result)))
    assert "Result on 12 held-out rows: loss " in run("evaluate", model).stdout


def test_evaluate_says_which_rows_were_trained_on(run, model, here):
    assert "Result on 60 rows, all but 12 of which it was trained on: loss " in " ".join(
        run("evaluate", model, "flowers.csv").stdout.split()
    )
    lines = (here / "flowers.csv").read_text().splitlines()
    (here / "other.csv").write_text("\n".join(lines[:20]))
    assert "Result on 19 rows: loss " in run("evaluate", model, "other.csv").stdout


def test_evaluate_refuses_data_that_have_changed(run, model, here):
    with (here / "flowers.csv").open("a") as file:
        file.write("1,1,rose\n")
    done = run("evaluate", model)
    assert done.stderr == (
        "Error: flowers.csv has changed since the training, so the held-out rows cannot be told apart. Name the file "
        "to evaluate on all its rows.\n"
    )
    assert done.exit_code == 1


def test_evaluate_needs_data_where_there_is_no_run(run, model, here):
    (here / model / "model.pellucid").rename(here / "alone.pellucid")
    done = run("evaluate", "alone.pellucid")
    assert done.stderr == "Error: Name the data to evaluate on; only a run folder knows its own.\n"
    assert json.loads(run("evaluate", "alone.pellucid", "flowers.csv", "--json").stdout)["figures"]["accuracy"] == 1


def test_evaluate_a_model_of_the_library_with_labels(run, here):
    data = pellucid.data.load_digits()
    net = pellucid.Network(
        [pellucid.Input((8, 8)), pellucid.Flatten(), pellucid.Dense(10, activation="softmax")], name="own"
    )
    net.compile("categorical_crossentropy", metrics=["accuracy"])
    net.fit(data.X, data.y, epochs=2, verbose=0)
    net.save(here / "own.pellucid")
    expected = net.evaluate(data.X, data.y)["accuracy"]
    found = json.loads(run("evaluate", "own.pellucid", "digits", "--json").stdout)
    assert found["figures"]["accuracy"] == pytest.approx(expected)
    assert found["rows"] == "rows"


def test_summary_tells_what_a_run_was(run, model):
    said = run("summary", model).stdout
    for words in (
        "Network: flowers",
        "Loss      categorical_crossentropy",
        "Optimizer adam(rate=one_cycle(rate=0.01))",
        "Classes   3: lily, rose, tulip",
        "Inputs    2: width, height",
        "Trained   100 epochs, 200 updates; loss ",
        "Run       pellucid train flowers.csv --epochs 100 --output f --quiet",
        " on 12 held-out rows",
    ):
        assert words in said
    net = read_run(model).network()
    assert str(net.plan()) not in said
    assert str(net.plan()) in run("summary", model, "--plan").stdout


def test_summary_of_a_network_that_was_not_compiled(run, here):
    pellucid.Network([pellucid.Input(2), pellucid.Dense(1)]).save(here / "raw.pellucid")
    said = run("summary", "raw.pellucid").stdout
    assert "Loss      none; the network has not been compiled\n" in said
    assert "Trained   no whole epoch\n" in said


def test_summary_fails_with_one_line(run, here):
    (here / "folder").mkdir()
    assert run("summary", "folder").stderr == (
        "Error: folder: not a run folder, config.json is missing. Give a folder that pellucid train wrote.\n"
    )
    assert run("summary", "none").stderr == "Error: none: there is no such file.\n"


def test_activations_are_listed(run):
    said = run("activations").stdout
    assert "sigmoid (also logistic)\n    a = 1 / (1 + e⁻ᶻ)\n    a′ = a (1 − a)\n    range 0 … 1\n" in said
    assert all(len(line) <= 80 for line in said.splitlines())


def test_activations_are_drawn(run, here):
    for name in ("sheet.png", "sheet.svg"):
        assert run("activations", "--output", name).stdout == f"Drawn: {name}\n"
    assert (here / "sheet.png").read_bytes().startswith(b"\x89PNG")
    done = run("activations", "--output", "sheet.gif")
    assert done.stderr == 'Error: sheet.gif: expected a file that ends with .svg or .png, not ".gif".\n'
    assert done.exit_code == 1
    assert not (here / "sheet.gif").exists()


def test_version(run):
    done = run("--version")
    assert (done.stdout, done.exit_code) == (f"pellucid {pellucid.__version__}\n", 0)


@pytest.mark.parametrize("command", ["train", "predict", "evaluate", "summary", "activations"])
def test_every_option_is_explained(run, command):
    done = run(command, "--help")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Usage: pellucid {command} ")
    assert command in run("--help").stdout
    options = [line for line in done.stdout.splitlines() if line.startswith("  -")]
    assert len(options) >= 2


def test_unknown_commands_exit_with_2(run):
    done = run("trian", "digits")
    assert done.exit_code == 2
    assert "No such command 'trian'" in done.stderr


def test_names_are_completed(run):
    from pellucid.cli import values

    assert values.named("activations", "ACTIVATIONS")["autocompletion"]("soft") == ["softplus", "softsign", "softmax"]


# What takes longer to import than to train a small network.
HEAVY = ["pandas", "scipy", "pyarrow", "PIL", "jinja2", "onnx", "torch", "pydantic", "rich", "ssl"]


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["--help"], ["numpy", "numba", "sklearn", "matplotlib", "polars", "pellucid.cli.train", *HEAVY]),
        (["train", "--help"], ["numpy", "numba", "sklearn", "matplotlib", "polars", "pellucid.cli.predict", *HEAVY]),
        (["train", "pictures-4x3", "--quiet"], ["sklearn", "matplotlib", "polars", *HEAVY]),
        (["train", "flowers.csv", "--layers", "4", "--epochs", "2"], ["numba", "sklearn", "matplotlib", *HEAVY]),
        (["activations"], ["sklearn", "matplotlib", "polars", *HEAVY]),
    ],
    ids=" ".join,
)
def test_packages_are_imported_only_where_they_are_needed(here, flowers, words, unwanted):
    code = (
        "import sys\nsys.argv = ['pellucid', *sys.argv[1:]]\n"
        "from pellucid.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print('IMPORTED', *sys.modules)\n"
    )
    for _ in range(2 if words[0] == "train" else 1):  # the first training compiles, where no other did
        command = [sys.executable, "-c", code, *words]
        done = subprocess.run(command, cwd=here, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    imported = done.stdout.partition("IMPORTED")[2].split()
    assert "typer" in imported
    assert [name for name in unwanted if name in imported] == []


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize(("columns", "head"), [(60, "probability"), (140, r"p\(9\)")])
def test_predict_shows_a_table_in_a_terminal(run, here, columns, head):
    pexpect = pytest.importorskip("pexpect")
    run("train", "digits", "--output", "d", "--quiet")
    said, code = pexpect.run(
        f"{sys.executable} -m pellucid predict d digits", cwd=str(here), encoding="utf-8", withexitstatus=True,
        env={**os.environ, "COLUMNS": str(columns)},
    )  # fmt: skip
    assert code == 0, said
    lines = said.replace("\r", "").splitlines()
    assert re.search(head + "$", lines[0])
    assert len(lines) == 1 + 20 + 3
    assert lines[-1] == "1,777 more rows; --limit N shows more, --output FILE.csv writes all."
