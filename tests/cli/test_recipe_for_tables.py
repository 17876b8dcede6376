"""pellucid train on a table without further options, and with --missing."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest
from left_behind import flat

from pellucid import load
from pellucid.record.run import read_run
from pellucid.tables import TablePreparation, read_table
from pellucid.tables.preparation import preparation_of


def test_a_table_alone_gets_the_default_recipe(run, patients):
    done = run("train", "patients.csv", "--missing", "1=0", "--output", "f")
    assert done.exit_code == 0, done.stderr
    found = read_run("f")
    net = found.network()
    assert net.recipe["kind"] == "table"
    assert net.layers[-1][1].kind == "Ensemble"
    assert net.member_predictions(read_table("patients.csv")).shape == (5, 120, 1)
    assert net.recipe["why"] in flat(done.stdout)
    assert found.config["options"]["why"] == net.recipe["why"]
    assert "Training the default recipe for tables, seed 0: 1 candidate (one hidden layer of 128 units), judged on 5 " \
        "inner folds of the rows for training" in flat(done.stdout)  # fmt: skip
    assert f"Columns of the table:\n{preparation_of(net.preparation)}\n" in done.stdout
    assert net.recipe["rows"] == 96
    assert found.result["samples"] == 24
    assert found.result["figures"]["accuracy"] > found.result["baseline"]["accuracy"]
    assert json.loads(run("evaluate", "f", "--json").stdout) == json.loads(json.dumps(dict(found.result)))
    assert (found.path / "evaluation" / "importance.svg").is_file()


def test_the_recipe_is_fitted_on_the_rows_for_training_alone(run, patients):
    from pellucid.sources.load import load_source
    from pellucid.sources.rows import take_rows

    assert run("train", "patients.csv", "--validation", 0.5, "--no-evaluation", "--output", "f").exit_code == 0
    source = load_source("patients.csv")
    rows = take_rows(source, 0.5, 0)
    columns = preparation_of(read_run("f").network().preparation).columns
    assert columns == TablePreparation.fit(rows.train.X).columns
    assert columns != TablePreparation.fit(source.data.X).columns


def test_values_that_stand_for_missing_ones(run, patients, here):
    done = run("train", "patients.csv", "--missing", "1,2=0", "--missing", "1=-1", "--no-evaluation", "--output", "f")
    assert done.exit_code == 0, done.stderr
    plain = read_run("f").network().preparation
    assert plain["missing"] == {"column 1": ["0", "-1"], "column 2": ["0"]}
    assert "squashed, and 1 where missing; 0 and -1 are missing\n" in done.stdout
    answers = []
    for cell in ("0", "-1", "", "0.0", "80"):
        (here / "one.csv").write_text(f"{cell},0.5,Rome\n")
        answers.append(run("predict", "f", "one.csv").stdout)
    assert answers[0] == answers[1] == answers[2] == answers[3] != answers[4]


MISSING = [
    (["--missing", "city=0"], 't.csv: no column "city". Columns: x, y.'),
    (["--missing", "y=0"], 't.csv: "y" is the target, in which no value may be missing. Delete such rows.'),
    (["--seeds", "3"], "--seeds goes with --folds: so many cross-validations. Leave it out, or add --folds 10."),
    (
        ["--folds", "3", "--validation", "0.3"],
        "--validation holds rows out, which --folds does by itself. Leave it out.",
    ),
    (["--folds", "3", "--stream"], "--folds is for data in memory, not for t.csv. Leave it out."),
    (
        ["--stream", "--early-stopping", "3"],
        "--early-stopping needs rows that are set aside before the table is prepared, which is done while t.csv is "
        "read from disk. Leave it out, or use --no-stream.",
    ),
    (
        ["--log", "jsonl"],
        "--log is about the training of one network, but the default recipe for tables trains several. Leave it out, "
        "or describe one network, for instance by --layers 32,16.",
    ),
    (["--folds", "100"], "100 folds need at least 100 samples, got 40. Use fewer folds."),
]  # fmt: skip


@pytest.mark.parametrize(("words", "error"), MISSING)
def test_options_that_do_not_fit_leave_nothing(run, here, words, error):
    (here / "t.csv").write_text("x,y\n" + "".join(f"{k},{'ab'[k % 2]}\n" for k in range(40)))
    done = run("train", "t.csv", *words)
    assert done.stderr == f"Error: {error}\n"
    assert [path.name for path in here.iterdir()] == ["t.csv"]


LEFT_OUT = [
    (lambda k: "same", 'word constant 0 left out: "same" in every row'),
    (lambda k: f"name {k}", "word unique id 0 left out: nearly every row has a value of its own"),
    (
        lambda k: f"name {k // 2}",
        "word unique id 0 left out: 30 different values, more than the 25 that are told apart",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("word", "said"), LEFT_OUT, ids=["constant", "id", "crowd"])
def test_columns_from_which_nothing_can_be_learned_are_left_out_and_said(run, here, monkeypatch, word, said):
    """The last stands for a column of ten million categories."""
    monkeypatch.setattr("pellucid.tables.find.MOST_CATEGORIES", 25)
    (here / "t.csv").write_text("x,word,y\n" + "".join(f"{k % 7},{word(k)},{'ab'[k % 7 > 3]}\n" for k in range(60)))
    done = run("train", "t.csv", "--validation", 0, "--no-evaluation", "--output", "f")
    assert done.exit_code == 0, done.stderr
    assert said in flat(done.stdout)
    (here / "new.csv").write_text("x\n1\n6\n")
    answers = run("predict", "f", "new.csv").stdout.splitlines()
    assert [line.split(",")[1] for line in answers] == ["predicted", "a", "b"]


BROKEN = [
    (
        "x,y\n1,a\ntall,b\n" + "3,a\n4,b\n" * 20,
        't.csv, line 3, column "x": expected a number, got "tall". 1 of 42 cells of the column is not. Correct such '
        'cells, or leave them empty where the value is not known; --column "x=category" takes all as categories.',
    ),
    ("", "t.csv: the file is empty. Expected one line for each sample."),
    (
        "x,y\n" + "".join(f"{k},a\n" for k in range(40)),
        't.csv: the target column "y" is "a" in all 40 rows, so there is nothing to learn. Choose another target.',
    ),
    (
        "x,y\n" + "".join(f"{k % 3},id{k}\n" for k in range(40)),
        't.csv: the target "y" is another one in each of the 40 rows, so it names the rows, and nothing can be learned '
        "from it. Choose another target.",
    ),
    (
        "x,x,y\n" + "1,2,a\n1,3,b\n" * 20,
        't.csv: the column name "x" occurs twice, in columns 1 and 2. Give every column a name of its own.',
    ),
]


@pytest.mark.parametrize("words", [[], ["--folds", 3], ["--stream"]], ids=["recipe", "folds", "stream"])
@pytest.mark.parametrize(("text", "error"), BROKEN, ids=["text", "empty", "one class", "id", "twice"])
def test_tables_that_cannot_be_learned_from(run, here, text, error, words):
    (here / "t.csv").write_text(text)
    done = run("train", "t.csv", "--validation", 0, *words) if "--folds" not in words else run("train", "t.csv", *words)
    assert (done.exit_code, done.stderr) == (1, f"Error: {error}\n")
    assert [path.name for path in here.iterdir()] == ["t.csv"]


def test_rows_without_a_column_or_with_a_renamed_one_are_refused(run, here):
    (here / "t.csv").write_text("width,height,y\n" + "".join(f"{k % 7},{k % 5},{'ab'[k % 7 > 3]}\n" for k in range(60)))
    assert run("train", "t.csv", "--no-evaluation", "--output", "f").exit_code == 0
    said = 'new.csv: the column "width", which the network was trained on, is missing.'
    for head, hint in (
        ("height", " Columns: height."),
        ("height,widht", ' Did you mean "widht"? Columns: height, widht.'),
    ):
        (here / "new.csv").write_text(f"{head}\n" + ",".join("1" * len(head.split(","))) + "\n")
        done = run("predict", "f", "new.csv")
        assert (done.exit_code, done.stderr) == (1, f"Error: {said}{hint}\n")


def test_a_run_is_repeated_to_the_same_weights(run, patients):
    assert run("train", "patients.csv", "--no-evaluation", "--output", "f").exit_code == 0
    done = run("repeat", "f", "--threads", 1)
    assert done.exit_code == 0, done.stdout
    assert "The same weights, to the last bit: " in done.stdout
    patients.write_text(patients.read_text().replace("Rome,1", "Oslo,1", 3))
    done = run("repeat", "f")
    assert done.exit_code == 1
    assert "What differs: the data have changed." in flat(done.stdout)


def test_raw_rows_predict_the_same_bits_in_a_fresh_process(run, patients):
    assert run("train", "patients.csv", "--missing", "1=0", "--no-evaluation", "--output", "f").exit_code == 0
    code = "import sys, pellucid; from pellucid.tables import read_table\n" \
        "print(pellucid.load(sys.argv[1]).predict(read_table(sys.argv[2])).tobytes().hex())"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, "f/model.pellucid", "patients.csv"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    here = load("f/model.pellucid").predict(read_table("patients.csv"))
    assert bytes.fromhex(done.stdout.strip()) == here.tobytes()
    rows = list(csv.DictReader(run("predict", "f", "patients.csv").stdout.splitlines()))
    assert [np.float32(row["p(1)"]) for row in rows] == here[:, 0].tolist()


def test_the_report_of_a_recipe(run, patients):
    assert run("train", "patients.csv", "--report", "--no-evaluation", "--output", "f").exit_code == 0
    assert "<html" in (read_run("f").path / "report.html").read_text()[:200]
