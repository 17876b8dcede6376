"""pellucid predict and evaluate on tables that are read in parts."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tables_for_tests import flats

from pellucid.record.run import read_run
from pellucid.tables import parts


@pytest.fixture(params=["csv", "parquet"])
def table(request, here, run, monkeypatch):
    """The path of a table of 300 rows, and "f", a run that was trained on it; then parts are small."""
    path = here / f"flats.{request.param}"
    flats(300).write_csv(path) if request.param == "csv" else flats(300).write_parquet(path)
    done = run("train", path.name, "--target", "heating", "--layers", 8, "--epochs", 1, "--no-evaluation", "--output",
               "f")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    monkeypatch.setattr(parts, "PART_CHARACTERS", 900)
    monkeypatch.setattr(parts, "PART_ROWS", 41)
    return path


def test_predictions_in_parts_are_those_of_the_whole(run, table, here):
    outputs = read_run("f").network().predict(flats(300))
    done = run("predict", "f", table.name)
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [int(row["row"]) for row in rows] == list(range(1, 301))
    assert [row["true"] for row in rows] == flats(300)["heating"].to_list()
    assert np.array([[np.float32(row[f"p({name})"]) for name in ("gas", "oil", "wood")] for row in rows]).tobytes() == (
        outputs.tobytes()
    )
    assert run("predict", "f", table.name, "--output", "o.csv").stdout == "300 rows written to o.csv.\n"
    assert (here / "o.csv").read_text() == done.stdout
    limited = run("predict", "f", table.name, "--limit", 100).stdout
    assert limited == "".join(line + "\n" for line in done.stdout.splitlines()[:101])


def test_remarks_are_of_all_parts(run, table):
    frame = flats(300).with_columns(city=pl.when(pl.int_range(300) % 100 == 99).then(None).otherwise(pl.col("city")))
    frame.write_csv("new.csv")
    done = run("predict", "f", "new.csv", "--output", "o.csv")
    assert done.stderr == 'Column "city": 3 cells are missing; training had no gaps there.\n'


def test_a_fault_far_down_leaves_no_file(run, table, here):
    lines = flats(300).write_csv().splitlines()
    (here / "new.csv").write_text("\n".join([*lines, lines[-1].rpartition(",")[0] + ",oops"]))
    done = run("predict", "f", "new.csv", "--output", "o.csv")
    assert done.stderr == (
        'Error: new.csv, line 302, column "price": expected a number, got "oops". 1 cell of the column is no number. '
        "Correct such cells, or leave them empty where the value is not known.\n"
    )
    assert not (here / "o.csv").exists()
    assert not [path for path in here.iterdir() if path.name.startswith(".o")]


def test_evaluation_from_disk_is_that_of_memory(run, table):
    for words in ([], ["--json"]):
        streamed, whole = (run("evaluate", "f", table.name, how, *words) for how in ("--stream", "--no-stream"))
        assert streamed.exit_code == 0, streamed.stderr
        assert streamed.stdout == whole.stdout
    assert json.loads(streamed.stdout)["rows"] == "rows, all but 60 of which it was trained on"
    flats(200, seed=9).write_csv("other.csv")
    assert json.loads(run("evaluate", "f", "other.csv", "--stream", "--json").stdout)["rows"] == "rows"


def test_curves_of_a_table_from_disk_are_of_all_rows(run, table):
    for how in ("--stream", "--no-stream"):
        done = run("evaluate", "f", table.name, how, "--output", how[2:])
        assert done.exit_code == 0, done.stderr
    one, other = (json.loads(Path(how, "evaluation.json").read_text()) for how in ("stream", "no-stream"))
    for name in ("samples", "figures", "confusion_matrix", "roc_auc", "average_precision", "calibration"):
        assert one[name] == other[name]
    assert {"rooms", "area", "price"} <= {column["name"] for column in one["importance"]["columns"]}


def test_large_tables_are_evaluated_from_disk_by_themselves(run, table, monkeypatch):
    from pellucid import tables
    from pellucid.sources import picture_files

    opened, real = [], tables.open_table
    monkeypatch.setattr(tables, "open_table", lambda *a, **k: opened.append(a) or real(*a, **k))
    assert run("evaluate", "f", table.name).exit_code == 0
    assert not opened
    monkeypatch.setattr(picture_files, "memory", lambda: 4 * table.stat().st_size)
    assert run("evaluate", "f", table.name).exit_code == 0
    assert len(opened) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_a_terminal_shows_the_first_rows_without_reading_on(run, here):
    pexpect = pytest.importorskip("pexpect")
    (here / "t.csv").write_text("x,y\n" + "".join(f"{k % 7},{'ab'[k % 7 > 3]}\n" for k in range(60)))
    run("train", "t.csv", "--layers", 4, "--epochs", 1, "--no-evaluation", "--output", "f")
    (here / "big.csv").write_text("x\n" + "1\n" * 2_500_000)  # two parts
    said, code = pexpect.run(
        f"{sys.executable} -m pellucid predict f big.csv", cwd=str(here), encoding="utf-8", withexitstatus=True,
        env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    lines = said.replace("\r", "").splitlines()
    assert (code, len(lines)) == (0, 22), said
    assert lines[-1] == "More rows follow; --limit N shows more, --output FILE.csv writes all."
