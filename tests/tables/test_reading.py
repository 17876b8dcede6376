"""Tables from files and from Python come out the same, whatever they are written in."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from tables_for_tests import flats

from pellucid.data.csv_text import CODECS
from pellucid.errors import DataError
from pellucid.tables import TablePreparation, read_table

PLAIN = "height,city\n1.5,Köln\n2.5,Łódź\n,Köln\n"


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (PLAIN, ()),
        ("\ufeff" + PLAIN, ()),
        (PLAIN.replace(",", ";"), ("separated by semicolons",)),
        (PLAIN.replace(",", "\t"), ("separated by tabs",)),
        (PLAIN.replace(",", "|"), ("separated by vertical bars",)),
        (PLAIN.replace(",", ";").replace(".", ","), ("separated by semicolons", "decimals with a comma")),
        ('height,city\n"1,5",Köln\n"2,5",Łódź\n,Köln\n', ("decimals with a comma",)),
        (PLAIN.encode("utf-16"), ("UTF-16",)),
        ("\ufeff".encode("utf-16-be") + PLAIN.encode("utf-16-be"), ("UTF-16",)),
    ],
)
def test_separators_decimals_and_encodings(write, content, notes):
    table = read_table(write(content))
    assert table.columns == ("height", "city")
    assert table.numbers("height")[:2].tolist() == [1.5, 2.5]
    assert table.missing("height").tolist() == [False, False, True]
    assert table.texts("city").to_list() == ["Köln", "Łódź", "Köln"]
    assert table.notes == notes


def test_latin_1_with_the_signs_of_windows(write):
    table = read_table(write("preis;stadt\n1,5;Köln\n2,5;„Łódź“\n".replace("Łódź", "Gent").encode("cp1252")))
    assert table.texts("stadt").to_list() == ["Köln", "„Gent“"]
    assert table.notes == ("Latin-1", "separated by semicolons", "decimals with a comma")
    assert set(CODECS) == {"UTF-8", "UTF-16", "Latin-1"}


def test_thousands_and_decimal_commas(write):
    table = read_table(write("a;b\n1.234,5;x\n2,25;y\n7;z\n"))
    assert table.numbers("a").tolist() == [1234.5, 2.25, 7.0]


def test_columns_without_names(write):
    table = read_table(write("1,2\n3,4\n"))
    assert table.columns == ("column 1", "column 2")
    assert (table.named, table.notes, len(table)) == (False, ("no names of columns",), 2)
    assert read_table(write("1,2\n3,4\n"), header=True).columns == ("1", "2")


@pytest.mark.parametrize("cell", ["", " ", "?", "-", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL"])
def test_what_stands_for_a_gap(write, cell):
    table = read_table(write(f"a,b,c\n1,x,0\n{cell},{cell},0\n"))
    assert table.missing("a").tolist() == table.missing("b").tolist() == [False, True]
    assert np.isnan(table.numbers("a")[1])


def sources(tmp_path):
    frame = flats(40)
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_excel(tmp_path / "t.xlsx")
    return {
        "csv": tmp_path / "t.csv",
        "parquet": str(tmp_path / "t.parquet"),
        "xlsx": tmp_path / "t.xlsx",
        "polars": frame,
        "lazy": frame.lazy(),
        "arrow": frame.to_arrow(),
        "pandas": frame.to_pandas(),
        "pandas with an index": frame.to_pandas().set_index(np.arange(40) * 7),
        "pandas of objects": frame.to_pandas().astype(object),
        "table": read_table(frame),
    }


def test_all_sources_give_the_same_inputs(tmp_path):
    found = sources(tmp_path)
    preparations = {name: TablePreparation.fit(source, "price") for name, source in found.items()}
    expected = preparations["polars"]
    X = expected.transform(found["polars"])
    assert X.shape == (40, len(expected.input_names))
    for name, source in found.items():
        assert preparations[name].input_names == expected.input_names, name
        for other in ("polars", "csv", "pandas"):
            assert np.array_equal(preparations[other].transform(source), X), (name, other)


def test_pandas_categories_booleans_and_gaps():
    frame = pd.DataFrame(
        {
            "size": pd.Categorical(["small", "large", None]),
            "sold": [True, False, True],
            "count": pd.array([1, None, 3], dtype="Int64"),
            "when": pd.to_datetime(["2025-01-01", None, "2025-01-03"]),
        }
    )
    table = read_table(frame)
    assert table.texts("size").to_list() == ["small", "large", None]
    assert table.numbers("sold").tolist() == [1, 0, 1]
    assert table.missing("count").tolist() == table.missing("when").tolist() == [False, True, False]
    assert table.frame["when"].dtype == pl.Datetime


REFUSED = [
    ("", "t.csv: the file is empty. Expected one line for each sample."),
    (b"a\0b", "t.csv: expected a table in text, found a binary file."),
    ("a,b\n", "t.csv: expected samples below the column names, found none."),
    (
        "a,b,a\n1,2,3\n",
        't.csv: the column name "a" occurs twice, in columns 1 and 3. Give every column a name of its own.',
    ),
    (
        "a,b\n1,2\n1,2,3\n",
        't.csv, line 3: expected 2 cells as in the first line, found 3. Put a cell that contains the separator "," in '
        "quotes.",
    ),
]


@pytest.mark.parametrize(("content", "error"), REFUSED)
def test_files_that_are_refused(write, refuses, content, error):
    with refuses(error):
        read_table(write(content))


def test_tables_that_are_refused(tmp_path, refuses, write):
    with refuses("X: the table is empty: it has no rows. Expected one row for each sample."):
        read_table(pl.DataFrame({"a": []}))
    with refuses("X: the table is empty: it has no columns. Expected one row for each sample."):
        read_table(pl.DataFrame())
    twice = 'the column name "a" occurs twice, in columns 1 and 2. Give every column a name of its own.'
    with refuses(f"X: {twice}"):
        read_table(pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with refuses(f"X: {twice}"):
        read_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"]))
    pl.DataFrame({"x": ["a", "1"], "y": ["a", "2"]}).write_excel(tmp_path / "t.xlsx", include_header=False)
    with refuses(f"t.xlsx: {twice}"):
        read_table(tmp_path / "t.xlsx")
    with refuses(
        "X: expected a table of pandas, polars or Arrow, or a file's path, got ndarray. Write polars.DataFrame(X)."
    ):
        read_table(np.zeros((2, 2)))
    flats(3).write_parquet(tmp_path / "flats.parquet")
    with refuses(f'{tmp_path / "flat.parquet"}: there is no such file. Did you mean "flats.parquet"?'):
        read_table(tmp_path / "flat.parquet")


def test_damaged_files_are_told_by_name(write):
    for name, kind in (("t.parquet", "Parquet"), ("t.xlsx", "Excel")):
        with pytest.raises(DataError, match=rf"^{name}: cannot be read as {kind}: .*\.$"):
            read_table(write(b"no such thing", name))


def test_one_row_is_a_table_too(write):
    table = read_table(write("a,b\n1,x\n3,y\n"))
    assert (len(table[1]), table[1].texts("b").to_list(), table[1].where(0, "b")) == (
        1, ["y"], 't.csv, line 3, column "b"',
    )  # fmt: skip
