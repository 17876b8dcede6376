"""pellucid train on a table without further options, with --missing, --folds and --stream."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from pellucid import load
from pellucid.record.model_file import weights_hash
from pellucid.record.run import read_run
from pellucid.record.run_folder import RunFolder
from pellucid.tables import TablePreparation, open_table, read_table
from pellucid.tables.preparation import preparation_of


class Killed(BaseException):
    """What stands for SIGKILL inside this process."""


@pytest.fixture
def patients(here):
    """A CSV file without a header: two numbers, of which 0 is no measurement in the first, a text, and the outcome."""
    rng = np.random.default_rng(3)
    rows = []
    for k in range(120):
        a, b, city = rng.integers(60, 100), rng.normal(), ("Oslo", "Rome")[k % 2]
        ill = int(a + 8 * b + 6 * (city == "Rome") > 82)
        rows.append(f"{0 if k % 9 == 0 else a},{b:.4f},{city},{ill}")
    (here / "patients.csv").write_text("\n".join(rows) + "\n")
    return here / "patients.csv"


def flat(text):
    return " ".join(text.split())


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
    from pellucid.cli.rows import take_rows
    from pellucid.cli.sources import load_source

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


@pytest.mark.parametrize("words", [[], ["--folds", 3, "--epochs", 4]], ids=["recipe", "folds"])
def test_a_run_that_was_killed_begins_anew_and_ends_the_same(run, here, patients, monkeypatch, words):
    told = ["train", "patients.csv", *words, "--no-evaluation"]
    assert run(*told, "--output", "alone").exit_code == 0

    def kill(*_):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "end", kill)
        with pytest.raises(Killed):
            run(*told, "--output", "stopped")
    done = run("evaluate", "stopped")
    assert done.stderr == (
        "Error: stopped: its training has not ended. Go on with it by pellucid train --resume stopped\n"
    )
    done = run("train", "--resume", "stopped")
    assert done.exit_code == 0, done.stderr
    begun = read_run("stopped").config["begun"]
    what = "cross-validations" if words else "trainings by the default recipe for tables"
    assert flat(done.stdout).startswith(
        f"Beginning stopped anew, begun {begun}: {what} leave no checkpoints. The same seed gives the same network."
    )
    found, alone = read_run("stopped"), read_run("alone")
    assert found.config["weights_sha256"] == alone.config["weights_sha256"] == weights_hash(found.network())
    assert found.result == alone.result
    assert len(found.config["resumed"]) == 1
    again = run("train", "--resume", "stopped").stdout
    assert flat(again) == f"The training in stopped has ended: {alone.config['ended']}. There is nothing to go on with."
    with pytest.raises(Exception, match=r"leave no checkpoints, so no step can be looked up\.$"):
        found.at(3)


def test_a_killed_run_of_the_recipe_goes_on_with_the_missing_trainings(run, here, patients, monkeypatch):
    from pellucid.recipes import fit as module

    told, done, train = ["train", "patients.csv", "--no-evaluation", "--threads", 1], [], module.train
    assert run(*told, "--output", "alone").exit_code == 0

    def killed(member, *rest):
        if len(done) == 3:
            raise Killed
        done.append(member)
        train(member, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(module, "train", killed)
        with pytest.raises(Killed):
            run(*told, "--output", "stopped")
    monkeypatch.setattr(module, "train", lambda member, *rest: done.append(member) or train(member, *rest))
    begun = json.loads((here / "stopped" / "config.json").read_text())["begun"]
    said = run("train", "--resume", "stopped")
    assert flat(said.stdout).startswith(
        f"Going on with stopped, begun {begun}: 3 trainings of the recipe's are finished and taken over. The same seed "
        f"gives the same network."
    )
    assert len(done) == 5
    found, alone = read_run("stopped"), read_run("alone")
    assert found.config["weights_sha256"] == alone.config["weights_sha256"]
    assert found.result == alone.result
    assert not (here / "stopped" / "trainings").exists()


def test_cross_validation_is_printed_and_kept(run, patients):
    done = run("train", "patients.csv", "--folds", 4, "--seeds", 2, "--epochs", 30, "--output", "f")
    assert done.exit_code == 0, done.stderr
    found = read_run("f")
    kept = found.result["cross_validation"]
    values = np.array(kept["figures"]["accuracy"]["values"])
    assert values.shape == (2, 4)
    assert found.result["rows"] == "4 folds × 2 seeds"
    assert found.result["figures"]["accuracy"] == pytest.approx(values.mean())
    assert values.mean() > 0.7
    said = flat(done.stdout)
    spread, seeds = values.std(axis=1, ddof=1).mean(), values.mean(axis=1).std(ddof=1)
    assert (
        f"Cross-validation: accuracy {values.mean():.4f} ± {spread:.4f} between the folds, ± {seeds:.4f} between the "
        f"seeds, on rows that were not trained on; the baseline, always saying the usual class, has "
        f"{found.result['baseline']['accuracy']:.4f}."
    ) in said
    assert "Held out each row once, in one of 4 folds; the network that is saved sees them all" in said
    assert "The network that is saved was trained on all 120 rows." in said
    assert found.config["data"]["held_out_share"] == 0
    folder = found.path / "evaluation"
    rows = list(csv.DictReader((folder / "cross_validation.csv").open()))
    assert [float(row["accuracy"]) for row in rows] == values.ravel().tolist()
    assert (folder / "importance.svg").read_text().startswith("<svg ")
    weights = {row["column"]: float(row["mean"]) for row in csv.DictReader((folder / "importance.csv").open())}
    assert set(weights) == {"column 1", "column 2", "column 3"}
    assert max(weights, key=weights.get) == "column 1"
    assert "on 120 rows that it was trained on" in flat(run("evaluate", "f").stdout)


def test_what_is_fitted_in_a_fold_has_not_seen_the_fold(run, patients, monkeypatch):
    """A plan that looked at the held-out rows would be caught: here every preparation's rows are counted."""
    seen, fit = [], TablePreparation.fit.__func__

    def count(cls, table, *given, **how):
        seen.append(len(table))
        return fit(cls, table, *given, **how)

    monkeypatch.setattr(TablePreparation, "fit", classmethod(count))
    assert run("train", "patients.csv", "--folds", 4, "--epochs", 1, "--output", "f").exit_code == 0
    assert sorted(seen) == [90, 90, 90, 90, 120]


def test_cross_validation_of_numbers(run, prices):
    done = run("train", "prices.csv", "--folds", 3, "--layers", 8, "--epochs", 60, "--output", "f")
    assert done.exit_code == 0, done.stderr
    result = read_run("f").result
    assert result["figures"]["r2"] > 0.8
    assert result["baseline"]["r2"] < 0.01
    assert result["baseline"]["says"] == pytest.approx(
        np.mean([float(line.split(",")[-1]) for line in prices.read_text().split()[1:]])
    )


def test_a_streamed_table_is_trained_on_evaluated_and_repeated(run, patients, here):
    done = run("train", "patients.csv", "--stream", "--epochs", 3, "--missing", "1=0", "--output", "f")
    assert done.exit_code == 0, done.stderr
    said = flat(done.stdout)
    assert "Data patients.csv: 120 rows of 4 inputs, 2 classes (0, 1)" in said
    assert "Streamed read from disk while the network trains, each epoch in a whole new order" in said
    found = read_run("f")
    stream = open_table("patients.csv", held_out=0.2, missing={"1": 0})
    with stream:
        assert found.network().preparation == stream.preparation.to_dict()
        assert found.result["samples"] == len(stream.held_out)
        assert found.network().evaluate(stream.held_out)["loss"] == found.result["figures"]["loss"]
    assert found.config["data"]["streamed"] is True
    assert json.loads(run("evaluate", "f", "--json").stdout) == json.loads(json.dumps(dict(found.result)))
    assert (found.path / "evaluation" / "roc.svg").is_file()
    assert "The same weights, to the last bit: " in run("repeat", "f").stdout
    assert "on 120 rows, all but " in flat(run("evaluate", "f", "patients.csv").stdout)


def test_a_table_is_streamed_where_it_would_take_too_much_memory(patients, monkeypatch):
    from pellucid.cli import picture_files
    from pellucid.cli.sources import load_source

    size = patients.stat().st_size
    for memory, streamed in ((16 * size, False), (16 * size - 64, True)):
        monkeypatch.setattr(picture_files, "memory", lambda given=memory: given)
        assert load_source("patients.csv").streamed is streamed


def test_numbers_are_streamed_in_their_own_units(run, prices):
    done = run("train", "prices.csv", "--stream", "--epochs", 80, "--layers", 8, "--batch-size", 8, "--output", "f")
    assert done.exit_code == 0, done.stderr
    assert read_run("f").result["figures"]["r2"] > 0.9


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
