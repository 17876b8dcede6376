"""pellucid.fit_table: from any table to a network that takes raw rows."""

import numpy as np
import polars as pl
import pytest
from tables_for_tests import flats

import pellucid
from pellucid import DataError
from pellucid.tables import TablePreparation, open_table


@pytest.fixture(scope="module")
def frame():
    return flats(80)


def test_tables_of_every_kind_give_the_same_network(frame, tmp_path):
    frame.write_parquet(tmp_path / "flats.parquet")
    tables = [frame, frame.to_pandas(), frame.to_arrow(), tmp_path / "flats.parquet"]
    nets = [pellucid.fit_table(table, target="price", verbose=0) for table in tables]
    bits = nets[0].predict(frame).tobytes()
    assert [net.predict(frame).tobytes() == bits for net in nets] == [True] * 4
    assert nets[0].preparation == TablePreparation.fit(frame, "price").to_dict()
    assert nets[0].recipe["task"] == "numbers"
    assert nets[0].evaluate(frame)["mae"] < np.abs(frame["price"] - frame["price"].mean()).mean() / 2
    nets[0].save(tmp_path / "m.pellucid")
    assert pellucid.load(tmp_path / "m.pellucid").predict(frame.drop("price")).tobytes() == bits


def test_arrays_are_sent_to_the_recipe_for_arrays():
    said = (
        "fit_table: expected a table of pandas, polars or Arrow, or a file's path, got ndarray. For arrays there is "
        "pellucid.recipes.fit_table(X, y, task)."
    )
    with pytest.raises(DataError) as error:
        pellucid.fit_table(np.zeros((3, 2)))
    assert str(error.value) == said


def test_marks_are_gaps_in_memory_and_in_streams(tmp_path):
    rows = pl.DataFrame({"a": [0, 1, 2, 3] * 5, "b": ["x", "none", "y", "x"] * 5, "t": ["n", "y"] * 10})
    marks = {"a": 0, 2: ["none", "?"]}
    found = TablePreparation.fit(rows, "t", missing=marks)
    gaps = TablePreparation.fit(rows.with_columns(pl.col("a").replace(0, None), pl.col("b").replace("none", None)), "t")
    assert found.columns == gaps.columns
    assert [column.gaps for column in found.columns] == [5, 5]
    assert np.array_equal(found.transform(rows), TablePreparation.from_dict(found.to_dict()).transform(rows))
    rows.write_csv(tmp_path / "t.csv")
    with open_table(tmp_path / "t.csv", "t", missing=marks) as stream:
        assert stream.preparation.columns == found.columns
        assert np.array_equal(stream.take(range(20)), found.transform(rows))
