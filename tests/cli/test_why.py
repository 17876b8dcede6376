"""pellucid predict --why: what each column adds, as CSV, in a terminal and as a picture."""

from __future__ import annotations

import csv
import os
import sys

import numpy as np
import pytest

from pellucid import Scorer
from pellucid.record.run import read_run
from pellucid.tables import read_table


@pytest.fixture
def patients(here, run):
    """patients.csv, and "f", a run of the default recipe that was trained on it."""
    rng = np.random.default_rng(3)
    rows = [f"{rng.integers(60, 100)},{rng.normal():.3f},{('Oslo', 'Rome')[k % 2]}" for k in range(90)]
    ill = ["yes" if float(a) + 6 * (city == "Rome") > 82 else "no" for a, _, city in (row.split(",") for row in rows)]
    lines = [f"{row},{state}" for row, state in zip(rows, ill, strict=True)]
    (here / "patients.csv").write_text("sugar,noise,city,ill\n" + "\n".join(lines) + "\n")
    assert run("train", "patients.csv", "--no-evaluation", "--output", "f").exit_code == 0
    return here / "patients.csv"


def test_every_column_has_its_part_and_its_spread(run, patients, here):
    done = run("predict", "f", "patients.csv", "--limit", 4, "--why", "--picture", "first.svg")
    assert done.exit_code == 0, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    scores = list(Scorer(read_run("f").network()).scores(read_table("patients.csv")[:4]))
    assert list(rows[0]) == [
        "row", "true", "predicted", "p(no)", "p(yes)", "scored", "score", "score ±", "usual row's score",
        "sugar adds", "sugar ±", "noise adds", "noise ±", "city adds", "city ±",
    ]  # fmt: skip
    for row, score in zip(rows, scores, strict=True):
        assert float(row["score"]) == pytest.approx(float(row["p(yes)"]), abs=1e-6)
        assert [float(row[f"{name} adds"]) for name in score.columns] == score.mean.tolist()
        assert [float(row[f"{name} ±"]) for name in score.columns] == score.spreads.tolist()
    assert (here / "first.svg").read_text() == scores[0].draw().svg
    assert done.stderr == "Drawn: first.svg\n"


@pytest.mark.parametrize(("limit", "rows", "more"), [(None, 3, True), (5, 5, True), (6, 6, False), (9, 6, False)])
def test_rows_are_shown_as_many_as_asked_for_whatever_the_parts(run, patients, capsys, limit, rows, more):
    from pellucid.cli.tables import ToPredict
    from pellucid.cli.why import Reasons
    from pellucid.tables.preparation import Strange

    table = read_table("patients.csv")
    parts = iter([ToPredict(table[k : k + 2], None, Strange(("x",), {}, {})) for k in (0, 2, 4)])
    strange = Reasons(read_run("f").network(), None).show(parts, limit)
    said = capsys.readouterr().out
    assert [f"Row {k}: " in said for k in range(1, 8)] == [k <= rows for k in range(1, 8)]
    assert ("More rows follow; --limit N shows more" in said) is more
    assert strange.others == ("x",)


def test_a_network_of_one_member_leaves_spreads_empty(run, patients):
    run("train", "patients.csv", "--layers", 4, "--epochs", 2, "--no-evaluation", "--output", "g")
    row = next(csv.DictReader(run("predict", "g", "patients.csv", "--limit", 1, "--why").stdout.splitlines()))
    assert (row["score ±"], row["sugar ±"]) == ("", "")
    assert float(row["sugar adds"]) != 0


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_a_terminal_shows_a_table_for_each_row(run, patients, here):
    pexpect = pytest.importorskip("pexpect")
    said, code = pexpect.run(
        f"{sys.executable} -m pellucid predict f patients.csv --why", cwd=str(here), encoding="utf-8",
        withexitstatus=True, env={**os.environ, "COLUMNS": "80"},
    )  # fmt: skip
    assert code == 0, said
    score = read_run("f").network().score_row(read_table("patients.csv")[:1])
    said = said.replace("\r", "")
    assert said.startswith(f"Row 1: {score.text()}\n\nRow 2: p(yes) = ")
    assert said.endswith("\n\nMore rows follow; --limit N shows more, --output FILE.csv writes all.\n")
    assert said.count("Row ") == 3


REFUSED = [
    (["f", "patients.csv", "--picture", "a.svg"], "--picture draws what --why finds. Give --why too."),
    (["f", "patients.csv", "--why", "--picture", "a.pdf"],
     'a.pdf: expected a file that ends with .svg or .png, not ".pdf".'),
    (["d", "digits", "--why"],
     'Scorer: the network "digits" was not trained on raw rows of a table, so it knows no columns. Train it by '
     "pellucid.fit_table, or use net.attribute."),
]  # fmt: skip


@pytest.mark.parametrize(("words", "error"), REFUSED)
def test_what_has_no_reasons(run, patients, here, words, error):
    if words[0] == "d":
        run("train", "digits", "--epochs", 1, "--no-evaluation", "--output", "d")
    done = run("predict", *words)
    assert (done.exit_code, done.stderr) == (1, f"Error: {error}\n")
    assert not list(here.glob("a.*"))
