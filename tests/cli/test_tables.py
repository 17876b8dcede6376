"""pellucid train, predict, evaluate and summary on tables as people have them."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import polars as pl
import pytest
from tables_for_tests import flats

from pellucid.record.run import read_run
from pellucid.tables import TablePreparation
from pellucid.tables.preparation import preparation_of


@pytest.fixture
def prices_of_flats(here):
    """flats.csv, and a run folder "f" of a network that was trained on it for two epochs."""
    flats(150).write_csv(here / "flats.csv")
    return here / "flats.csv"


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def train(run, *words):
    done = run("train", *words, "--epochs", 2, "--output", "f")
    assert done.exit_code == 0, done.stderr
    return done


def test_the_whole_way_from_raw_rows_to_predictions(run, prices_of_flats, here):
    said = train(run, "flats.csv", "--target", "price").stdout
    net = read_run("f").network()
    assert f"Columns of the table:\n{preparation_of(net.preparation)}\n" in said
    assert 'Target    "price", learned as numbers: its values are not whole numbers\n' in said
    assert "Units     loss and mae while training are of standardised targets, (y − " in said
    assert "embedding_1 (Embedding)" in said
    assert run("summary", "f").stdout.count("text label") == 1
    rows = table(run("predict", "f", "flats.csv").stdout)
    assert np.array_equal(
        [np.float32(r["predicted"]) for r in rows], net.predict(pl.read_csv("flats.csv", try_parse_dates=True))[:, 0]
    )
    assert [float(r["true"]) for r in rows] == pl.read_csv("flats.csv")["price"].to_list()
    assert json.loads(run("evaluate", "f", "--json").stdout) == json.loads(json.dumps(dict(read_run("f").result)))
    assert "on 150 rows, all but 30 of which" in " ".join(run("evaluate", "f", "flats.csv").stdout.split())


def test_parquet_and_excel_give_the_same_network(run, prices_of_flats, here):
    frame, found = flats(150), []
    frame.write_parquet(here / "flats.parquet")
    frame.write_excel(here / "flats.xlsx")
    for name in ("flats.csv", "flats.parquet", "flats.xlsx"):
        done = run("train", name, "--target", "price", "--epochs", 2, "--output", name.replace(".", "-"))
        assert done.exit_code == 0, done.stderr
        found.append(read_run(name.replace(".", "-")).network().parameters.tobytes())
    assert found[0] == found[1] == found[2]
    answers = [run("predict", "flats-csv", name).stdout for name in ("flats.csv", "flats.parquet", "flats.xlsx")]
    assert answers[0] == answers[1] == answers[2]


def test_the_preparation_is_of_the_rows_for_training_alone(run, prices_of_flats):
    from pellucid.sources.load import load_source
    from pellucid.sources.rows import take_rows

    train(run, "flats.csv", "--early-stopping", 5, "--validation", 0.3)
    source = load_source("flats.csv")
    rows = take_rows(source, 0.3, 0, watching=True)
    assert [part.n for part in (rows.train, rows.watch, rows.judge)] == [73, 32, 45]
    expected = TablePreparation.fit(rows.train.X)
    assert preparation_of(read_run("f").network().preparation).columns == expected.columns
    assert expected.columns != TablePreparation.fit(source.data.X).columns
    found = read_run("f").history.params
    assert (found["samples"], found["validation_samples"]) == (73, 32)


def test_decimal_commas_and_an_encoding_are_said(run, here):
    rows = "\n".join(f"{k % 7},5;{('Köln', 'Gent')[k % 2]};{k % 3}" for k in range(60))
    (here / "t.csv").write_bytes(f"größe;stadt;art\n{rows}\n".encode("latin-1"))
    said = train(run, "t.csv").stdout
    assert "Read as   Latin-1, separated by semicolons, decimals with a comma\n" in said
    (here / "new.csv").write_text("stadt,größe\nKöln,3.5\nBern,\n")
    done = run("predict", "f", "new.csv")
    assert len(table(done.stdout)) == 2
    assert done.stderr == (
        'Column "größe": 1 cell is missing; training had no gaps there.\n'
        'Column "stadt": 1 cell holds a value that training did not see.\n'
    )


def test_the_kind_of_a_column_can_be_given(run, here):
    rows = "\n".join(f"{1000 + k % 4},{k},{'ab'[k % 2]}" for k in range(60))
    (here / "t.csv").write_text(f"zip,x,kind\n{rows}\n")
    train(run, "t.csv", "--column", "zip=category", "--column", "x=ignored")
    config = read_run("f").config
    assert config["options"]["given"]["column"] == {"zip": "category", "x": "ignored"}
    assert "--column zip=category --column x=ignored" in config["command"]
    assert [c["kind"] for c in read_run("f").network().preparation["columns"]] == ["category", "dropped"]


def columns(head, cells, n=40):
    return head + "\n" + "\n".join(cells(k) for k in range(n)) + "\n"


TWO = lambda k: "ab"[k % 2]  # noqa: E731
FAILURES = [
    ("", [], "t.csv: the file is empty. Expected one line for each sample."),
    (
        columns("x,y", lambda k: f"{k},b"), [],
        't.csv: the target column "y" is "b" in all 40 rows, so there is nothing to learn. Choose another target.',
    ),
    (
        columns("x,y", lambda k: f"{k},name {k}"), [],
        't.csv: the target "y" is another one in each of the 40 rows, so it names the rows, and nothing can be learned '
        "from it. Choose another target.",
    ),
    (
        columns("x,y", lambda k: f"1,{TWO(k)}"), [],
        't.csv: no column is left to learn from: "x" left out: "1" in every row. Add columns that vary.',
    ),
    (
        columns("x,x,y", lambda k: f"{k},{k},{TWO(k)}"), [],
        't.csv: the column name "x" occurs twice, in columns 1 and 2. Give every column a name of its own.',
    ),
    (
        columns("x,y", lambda k: f"{k},{TWO(k)}"), ["--target", "z"],
        't.csv: no column "z". Columns: x, y.',
    ),
    (
        columns("x,y", lambda k: f"{k},{TWO(k)}"), ["--column", "z=number"],
        't.csv: no column "z". Columns: x, y.',
    ),
    (
        columns("x,y", lambda k: f"{k},{TWO(k)}"), ["--column", "y=number"],
        '--column: "y" is the target, not an input. Say --task for it.',
    ),
    (
        columns("x,y", lambda k: f"{k},{TWO(k)}"), ["--column", "x=numbers"],
        'Column "x": unknown kind "numbers". Did you mean "number"? Known: number, category, yes/no, date, ignored.',
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words", "error"), FAILURES)
def test_tables_that_cannot_be_trained_on_say_one_line_and_leave_nothing(run, here, text, words, error):
    (here / "t.csv").write_text(text)
    done = run("train", "t.csv", *words)
    assert done.stderr == f"Error: {error}\n"
    assert done.exit_code == 1
    assert [path.name for path in here.iterdir()] == ["t.csv"]


ROWS = [
    (
        "height,kind\n1,rose\n",
        't.csv: the column "width", which the network was trained on, is missing. Columns: height, kind.',
    ),
    (
        "Widht,height\n1,2\n",
        't.csv: the column "width", which the network was trained on, is missing. Did you mean "Widht"? Columns: '
        "Widht, height.",
    ),
    (
        "width,height\n1,2\n3,tall\n",
        't.csv, line 3, column "height": expected a number, got "tall". 1 cell of the column is no number. Correct '
        "such cells, or leave them empty where the value is not known.",
    ),
    ("", "t.csv: the file is empty. Expected one line for each sample."),
]


@pytest.mark.parametrize(("text", "error"), ROWS)
def test_rows_that_cannot_be_predicted_from(run, flowers, here, text, error):
    train(run, "flowers.csv")
    (here / "t.csv").write_text(text)
    done = run("predict", "f", "t.csv")
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"Error: {error}\n")
