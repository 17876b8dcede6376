"""Tables and rows that cannot be prepared: every refusal with its whole text."""

import polars as pl
import pytest
from tables_for_tests import fit, rows

from pellucid.errors import DescriptionError
from pellucid.tables import TablePreparation, read_table

PREPARED = "age,city,y\n" + "".join(f"{k}.5,{('Rome', 'Oslo', 'Bonn')[k % 3]},{k % 2}\n" for k in range(12))

REFUSED_ROWS = [
    (
        "city\nRome\n",
        't.csv: the column "age", which the network was trained on, is missing. Columns: city.',
    ),
    (
        "agee,city\n1,Rome\n",
        't.csv: the column "age", which the network was trained on, is missing. Did you mean "agee"? Columns: agee, '
        "city.",
    ),
    (
        "AGE,city\n1,Rome\n",
        't.csv: the column "age", which the network was trained on, is missing. Did you mean "AGE"? Columns: AGE, '
        "city.",
    ),
    (
        "city,age\nRome,1\nOslo,old\nRome,young\n",
        't.csv, line 3, column "age": expected a number, got "old". 2 cells of the column are no numbers. Correct such '
        "cells, or leave them empty where the value is not known.",
    ),
    (
        "city,age\n\nRome,inf\n",
        't.csv, line 3, column "age": expected a finite number, got "inf". 1 cell of the column is infinite or no '
        "number. Correct such cells, or leave them empty where the value is not known.",
    ),
]


@pytest.mark.parametrize(("text", "error"), REFUSED_ROWS)
def test_rows_that_do_not_fit_are_refused(write, refuses, text, error):
    preparation = fit(write, PREPARED, target="y")
    with refuses(error):
        preparation.transform(read_table(write(text)))


def test_a_place_in_a_table_from_python_and_in_a_sheet(write, refuses, tmp_path):
    preparation = fit(write, PREPARED, target="y")
    bad = pl.DataFrame({"age": ["1", "x"], "city": ["Rome", "Rome"]})
    rest = (
        'column "age": expected a number, got "x". 1 cell of the column is no number. Correct such cells, or leave '
        "them empty where the value is not known."
    )
    with refuses(f"X, row 1, {rest}"):
        preparation.transform(bad)
    bad.write_excel(tmp_path / "t.xlsx")
    with refuses(f"t.xlsx, row 3, {rest}"):
        preparation.transform(read_table(tmp_path / "t.xlsx"))


def test_a_date_that_is_none(write, refuses):
    preparation = fit(write, rows("d,y", lambda k: f"2024-01-{k + 1:02d},{k % 2}"), target="y")
    with refuses(
        't.csv, line 2, column "d": expected a date written as %Y-%m-%d, got "May". 1 cell of the column is none. '
        "Correct such cells, or leave them empty where the date is not known."
    ):
        preparation.transform(read_table(write("d\nMay\n")))


REFUSED_TABLES = [
    (
        rows("age,y", lambda k: f"{'old' if k == 7 else k},{k % 2}"),
        {},
        't.csv, line 9, column "age": expected a number, got "old". 1 of 30 cells of the column is not. Correct such '
        'cells, or leave them empty where the value is not known; --column "age=category" takes all as categories.',
    ),
    (
        rows("age,y", lambda k: f"{'inf' if k == 7 else k},{k % 2}"),
        {},
        't.csv, line 9, column "age": expected a finite number, got "inf". 1 of 30 cells of the column is not. Correct '
        "such cells, or leave them empty where the value is not known.",
    ),
    (
        rows("same,id,none,y", lambda k: f"7,{k},,{k % 2}"),
        {},
        't.csv: no column is left to learn from: "same" left out: "7" in every row; "id" left out: a whole number that '
        'is another one in every row; "none" left out: no row has a value. Add columns that vary.',
    ),
    (
        rows("y", lambda k: f"{k % 2}"),
        {},
        't.csv: expected at least two columns, features and a target, found only one, "y". Separate the columns with '
        "commas, semicolons or tabs.",
    ),
    (rows("x,y", lambda k: f"{k},{k % 2}"), {"kinds": {"z": "number"}}, 't.csv: no column "z". Columns: x, y.'),
    (
        rows("x,y", lambda k: f"{k},{k % 2}"),
        {"kinds": {"3": "number"}},
        "t.csv: no column 3. Columns are counted from 1 to 2.",
    ),
    (
        rows("x,y", lambda k: f"{k},{k % 2}"),
        {"kinds": {"x": "yes/no"}},
        't.csv: the column "x" has 30 different values, so it is not yes/no.',
    ),
    (
        rows("x,y", lambda k: f"day {k},{k % 2}"),
        {"kinds": {"x": "date"}},
        't.csv: the column "x" cannot be read as dates: they are not all written in one way that is known ("day 0"). '
        "Write them as 2025-01-31.",
    ),
    (
        rows("x,y", lambda k: f"{'a' if k == 3 else k},{k % 2}"),
        {"kinds": {"x": "number"}},
        't.csv, line 5, column "x": expected a number, got "a". 1 cell of the column is no number. Correct such cells, '
        "or leave them empty where the value is not known.",
    ),
]


@pytest.mark.parametrize(("text", "how", "error"), REFUSED_TABLES)
def test_tables_that_cannot_be_prepared(write, refuses, text, how, error):
    with refuses(error):
        fit(write, text, target="y", **how)


def test_an_unknown_kind(write, refuses):
    error = 'Column "x": unknown kind "numbr". Did you mean "number"? Known: number, category, yes/no, date, ignored.'
    with refuses(error, DescriptionError):
        fit(write, "x,y\n1,2\n", kinds={"x": "numbr"})


def test_damaged_plain_data_are_refused(refuses):
    with refuses("The description of the table's preparation is damaged (KeyError('target'))."):
        TablePreparation.from_dict({"kind": "table", "columns": []})
