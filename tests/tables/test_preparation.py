"""What is found in columns, and what becomes of them."""

import json

import numpy as np
import polars as pl
import pytest
from tables_for_tests import CITIES, fit, flats, rows

from pellucid.tables import TablePreparation, find, read_table
from pellucid.tables.preparation import preparation_of


def test_every_kind_is_found_and_said():
    frame = flats(400)
    preparation = TablePreparation.fit(frame, "price")
    assert [(column.name, column.title) for column in preparation.columns] == [
        ("id", "unique id"), ("rooms", "number"), ("area", "number"), ("heating", "category"), ("city", "text label"),
        ("lift", "yes/no"), ("built", "date"), ("country", "constant"),
    ]  # fmt: skip
    lines = str(preparation).splitlines()
    gaps = frame["area"].null_count()
    assert lines[0] == "column   kind        missing  becomes"
    assert lines[1] == "id       unique id         0  left out: nearly every row has a value of its own"
    assert lines[2] == "rooms    number            0  (x − 4) / 2.22387, squashed"
    assert lines[4] == "heating  category          0  3 categories, an input for each"
    assert lines[5] == "city     text label        0  30 categories, embedded in 11 numbers"
    assert lines[6] == 'lift     yes/no            0  0 for "no", 1 for "yes"'
    assert lines[7] == "built    date              0  days, place in the year, place in the week"
    assert lines[8] == 'country  constant          0  left out: "Norway" in every row'
    assert lines[9] == "price    target            0  what is learned"
    assert lines[3].split()[:3] == ["area", "number", str(gaps)]
    assert preparation.input_names == (
        "rooms", "area", "area missing", "heating=gas", "heating=oil", "heating=wood", "lift=yes", "built",
        "built sine of year", "built cosine of year", "built sine of week", "built cosine of week", "city",
    )  # fmt: skip
    assert preparation.input_columns[-1] == "city"
    layer = preparation.embedding()
    assert (layer.categories, layer.units) == ((32,), (11,))


def test_numbers_are_scaled_by_quartiles_and_squashed(write):
    preparation = fit(write, "x,y\n1,a\n2,b\n3,a\n4,b\n100,a\n", target="y")
    (column,) = preparation.columns
    assert (column.median, column.scale) == (3.0, 2.0 / 1.349)
    z = (np.array([1.0, 3.0, 1e9]) - 3) / (2 / 1.349)
    expected = z / np.sqrt(1 + (z / 8) ** 2)
    assert np.allclose(preparation.transform(pl.DataFrame({"x": [1.0, 3.0, 1e9]}))[:, 0], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("values", "figures"),
    [
        ([0, 0, 0, 0, 6], (0.0, 3.0)),
        ([5, 5, 5, 5, 5, 5, 5, 5, 6, 9], (5.0, 2.0)),
        ([-1e300, 1e300, 0], (0.0, 1e300 / 1.349)),
    ],
)
def test_a_scale_where_the_quartiles_are_one(values, figures):
    (column,) = TablePreparation.fit(pl.DataFrame({"x": [float(v) for v in values]})).columns
    assert (column.median, column.scale) == figures
    assert np.isfinite(TablePreparation((column,)).transform(pl.DataFrame({"x": values}, strict=False))).all()


def test_gaps_are_the_median_and_marked(write):
    preparation = fit(write, "x,y\n1,a\n2,b\n3,a\n,b\n", target="y")
    assert preparation.input_names == ("x", "x missing")
    assert preparation.transform(pl.DataFrame({"x": [2.0, None]})).tolist() == [[0, 0], [0, 1]]
    without = fit(write, "x,y\n1,a\n2,b\n3,a\n", target="y")
    assert without.transform(pl.DataFrame({"x": [None]}, schema={"x": pl.Float64})).tolist() == [[0]]
    assert without.remarks(pl.DataFrame({"x": [None, 1.0], "note": ["", ""]})) == (
        "Passed over, because training did not have them: note.",
        'Column "x": 1 cell is missing; training had no gaps there.',
    )


def test_categories_that_are_new_or_missing_have_codes_of_their_own(write):
    few = fit(write, "c,y\nred,a\nblue,b\ngreen,a\n,b\n", target="y")
    assert few.input_names == ("c=blue", "c=green", "c=red", "c missing")
    cells = pl.DataFrame({"c": ["red", "pink", None]})
    assert few.transform(cells).tolist() == [[0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]]
    assert few.remarks(cells) == ('Column "c": 1 cell holds a value that training did not see.',)
    text = rows("c,y", lambda k: f"{CITIES[k % 15]},{k % 2}", 60) + "once,0\n"
    many = fit(write, text, target="y")
    (column,) = many.columns
    assert (len(column.categories), column.rare, column.units) == (15, 1, 7)
    codes = many.transform(pl.DataFrame({"c": ["city 00", "city 14", "once", "Atlantis", None]}))
    assert codes[:, 0].tolist() == [2, 16, 0, 0, 1]
    assert (
        str(many).splitlines()[1].endswith("15 categories (1 rare one has the code of new ones), embedded in 7 numbers")
    )


@pytest.mark.parametrize(
    ("cells", "no", "yes"),
    [("yes no", "no", "yes"), ("True False", "false", "true"), ("1 0", "0", "1"), ("N Y", "n", "y"),
     ("male female", "female", "male"), ("1.0 0.0", "0", "1")],
)  # fmt: skip
def test_yes_and_no(write, cells, no, yes):
    one, two = cells.split()
    preparation = fit(write, f"a,y\n{one},1\n{two},2\n{one},3\n,4\n", target="y")
    (column,) = preparation.columns
    assert (column.no, column.yes, column.gaps) == (no, yes, 1)
    given = pl.DataFrame({"a": [yes.upper(), no, "?", "other"]})
    assert preparation.transform(given).tolist() == [[1, 0], [0, 0], [0.5, 1], [0.5, 0]]


@pytest.mark.parametrize(
    ("form", "cells"),
    [
        ("%Y-%m-%d", ["2024-01-31", "2024-06-30", "2024-12-24"]),
        ("%d.%m.%Y", ["31.01.2024", "30.06.2024", "24.12.2024"]),
        ("%d/%m/%Y", ["31/01/2024", "30/06/2024", "24/12/2024"]),
        ("%m/%d/%Y", ["01/31/2024", "06/30/2024", "12/24/2024"]),
        ("%d %B %Y", ["31 January 2024", "30 June 2024", "24 December 2024"]),
        ("%Y-%m-%d %H:%M:%S", ["2024-01-31 00:00:00", "2024-06-30 00:00:00", "2024-12-24 00:00:00"]),
    ],
)
def test_dates_however_they_are_written(write, form, cells):
    preparation = fit(write, "d,y\n" + "".join(f"{cell},{k}\n" for k, cell in enumerate(cells)) + ",7\n", target="y")
    (column,) = preparation.columns
    assert (column.kind, column.format, column.cycles) == ("date", form, ("year", "week"))
    typed = pl.DataFrame({"d": ["2024-01-31", "2024-06-30", None]}).with_columns(pl.col("d").str.to_date())
    text = pl.DataFrame({"d": [cells[0], cells[1], ""]})
    X = preparation.transform(text)
    assert np.array_equal(preparation.transform(typed), X)
    day = (np.datetime64("2024-01-31") - np.datetime64("1970-01-01")).astype(int)
    assert np.allclose(X[0, 1:3], [np.sin(2 * np.pi * day / 365.2425), np.cos(2 * np.pi * day / 365.2425)], atol=1e-6)
    assert X[2].tolist() == [0, 0, 0, 0, 0, 1]


def test_a_time_of_day_is_a_cycle_too(write):
    preparation = fit(write, rows("t,y", lambda k: f"2024-01-0{1 + k % 9} {k % 24:02d}:30:00,{k % 3}"), target="y")
    (column,) = preparation.columns
    assert column.cycles == ("week", "day")
    noon = preparation.transform(pl.DataFrame({"t": ["2024-01-03 12:00:00"]}))
    assert np.allclose(noon[0, -2:], [0, -1], atol=1e-6)


def test_a_kind_can_be_given(write):
    text = rows("zip,x,y", lambda k: f"{1000 + k % 4},{k / 7},{k % 2}")
    assert fit(write, text, target="y").columns[0].kind == "number"
    given = fit(write, text, target="y", kinds={"zip": "category", "x": "ignored"})
    assert [column.title for column in given.columns] == ["category", "ignored"]
    assert given.columns[0].categories == ("1000", "1001", "1002", "1003")
    assert given.transform(pl.DataFrame({"zip": [1001.0]})).tolist() == [[0, 1, 0, 0]]
    assert given.transform(pl.DataFrame({"zip": ["1001"]})).tolist() == [[0, 1, 0, 0]]
    assert fit(write, text, target="y", kinds={"1": "category", 2: "ignored"}) == given


def test_plain_data_give_it_back_to_the_bit():
    frame = flats()
    preparation = TablePreparation.fit(frame, "price")
    again = TablePreparation.from_dict(json.loads(json.dumps(preparation.to_dict())))
    assert again == preparation
    assert again.transform(frame).tobytes() == preparation.transform(frame).tobytes()
    assert preparation.to_dict()["kind"] == "table"
    assert preparation_of({"size": [8, 8], "channels": 1, "fit": "crop"}) is None
    assert preparation_of(None) is None


def test_columns_are_found_by_name_in_any_order():
    frame = flats()
    preparation = TablePreparation.fit(frame, "price")
    turned = frame.select(reversed(frame.columns)).drop("price", "id", "country").with_columns(more=pl.lit("x"))
    assert np.array_equal(preparation.transform(turned), preparation.transform(frame))
    assert preparation.remarks(turned) == ("Passed over, because training did not have them: more.",)


def test_tables_without_names_are_taken_in_their_order(write, refuses):
    text = rows("", lambda k: f"{k / 3},{'ab'[k % 2]},{k % 3}").strip() + "\n"
    preparation = fit(write, text, target=2)
    assert (preparation.target, preparation.target_place, preparation.named) == ("column 2", 1, False)
    whole = preparation.transform(read_table(write("1,b,2\n5,a,0\n")))
    assert np.array_equal(whole, preparation.transform(read_table(write("1,2\n5,0\n"))))
    assert preparation.targets(read_table(write("1,b,2\n5,a,0\n"))).tolist() == ["b", "a"]
    with refuses(
        "t.csv: expected 2 columns, or 3 with the target, found 4 without names. Give the columns that the network "
        "was trained on, or a first line with their names."
    ):
        preparation.transform(read_table(write("1,2,3,4\n")))


def test_columns_of_too_many_categories_are_left_out_and_said(monkeypatch):
    frame = pl.DataFrame({"c": [f"c{k // 2}" for k in range(60)], "x": range(60)})
    assert TablePreparation.fit(frame).columns[0].title == "text label"
    monkeypatch.setattr(find, "MOST_CATEGORIES", 29)
    assert str(TablePreparation.fit(frame)).splitlines()[1] == (
        "c       unique id        0  left out: 30 different values, more than the 29 that are told apart"
    )


@pytest.mark.parametrize("kind", [None, "category"])
def test_very_many_categories_are_estimated_and_never_counted_one_by_one(monkeypatch, kind):
    frame = pl.DataFrame({"c": ("c" + pl.Series(range(200_000)).cast(pl.String))})
    counted = []
    value_counts = pl.Series.value_counts
    monkeypatch.setattr(pl.Series, "value_counts", lambda *a, **k: counted.append(1) or value_counts(*a, **k))
    exact = find.find_column(read_table(frame), "c", "category")
    assert (exact.why, counted) == ("200,000 different values, more than the 100,000 that are told apart", [1])
    monkeypatch.setattr(find, "LONG", 200_000)
    column = find.find_column(read_table(frame), "c", kind)
    assert counted == [1]
    assert column.title == "unique id"
    about = int(column.why.partition(" different")[0].removeprefix("about ").replace(",", ""))
    assert 180_000 < about < 220_000
