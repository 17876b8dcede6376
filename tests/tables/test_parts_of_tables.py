"""Tables in parts: the same rows as in one, whatever the cut; and networks judged by tables that are read from disk."""

import numpy as np
import polars as pl
import pytest
from tables_for_tests import flats

from pellucid import Dense, Input, Network
from pellucid.errors import DataError, DescriptionError
from pellucid.evaluation import evaluate_all
from pellucid.tables import TablePreparation, open_table, parts, read_parts, read_table
from pellucid.tables.preparation import Strange


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_CHARACTERS", 700)
    monkeypatch.setattr(parts, "PART_ROWS", 33)


@pytest.fixture(params=["csv", "parquet"])
def path(request, tmp_path):
    file = tmp_path / f"flats.{request.param}"
    flats(300).write_csv(file) if request.param == "csv" else flats(300).write_parquet(file)
    return file


@pytest.fixture
def net(path):
    """A network that knows the flats' preparation; its weights are as they were drawn."""
    preparation = TablePreparation.fit(path, "heating")
    net = Network(
        [Input(len(preparation.input_names)), preparation.embedding(), Dense(3, activation="softmax")], seed=2
    )
    net.preparation, net.class_names = preparation.to_dict(), ("gas", "oil", "wood")
    net.compile("categorical_crossentropy", metrics=["accuracy"])
    return net


def test_parts_are_the_table(path):
    whole, found = read_table(path), list(read_parts(path))
    assert len(found) > 5
    assert pl.concat([part.frame for part in found]).equals(whole.frame)
    assert np.concatenate([part.rows for part in found if path.suffix == ".parquet"] or [whole.rows]).tolist() == list(
        whole.rows
    )
    places = [part.where(k, "price") for part in found for k in range(len(part))]
    assert places == [whole.where(k, "price") for k in range(len(whole))]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_line_longer_than_many_parts_is_no_quote_too_many(tmp_path, quote):
    long = "word " * parts.PART_CHARACTERS
    assert len(long) > (parts.LONGEST_PARTS + 0.9) * parts.PART_CHARACTERS
    file = tmp_path / "letters.csv"
    file.write_text("size,text\n" + "".join(f"{k},{quote}{long if k == 30 else 'short'}{quote}\n" for k in range(60)))
    frame = pl.concat([part.frame for part in read_parts(file)])
    assert frame["text"].to_list() == ["short"] * 30 + [long.strip()] + ["short"] * 29


def test_a_quote_that_is_not_closed_is_told_before_the_whole_file_is_in_memory(tmp_path, refuses):
    """All that stands behind it could be one cell; line breaks within quotes that are closed are taken."""
    lines = [f"{k},part {k}\n" for k in range(2000)]
    lines[30] = '30,"a\ncell\nof ""three"" lines"\n'
    file = tmp_path / "pipes.csv"
    file.write_text("size,name\n" + "".join(lines))
    assert pl.concat([part.frame for part in read_parts(file)])["name"][30] == 'a\ncell\nof "three" lines'
    lines[100] = '5" pipe,x\n'
    file.write_text("size,name\n" + "".join(lines))
    seen = []
    with refuses(
        "pipes.csv, line 104: a quote is opened and not closed. Close it; within a cell that stands in quotes, write "
        "two."
    ):
        list(read_parts(file, progress=lambda done, total: seen.append(done / total)))
    assert max(seen) < 0.5


def test_progress_ends_with_all(path):
    told = []
    for number, _ in enumerate(read_parts(path, progress=lambda *share: told.append(share))):
        assert len(told) == number  # a part is told when it has been worked on
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] == told[-1][1] == (300 if path.suffix == ".parquet" else path.stat().st_size)


def test_a_wide_parquet_file_is_cut_into_fewer_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(parts, "PART_CELLS", 50)
    pl.DataFrame({f"x{k}": range(20) for k in range(10)}).write_parquet(tmp_path / "t.parquet")
    assert [len(part) for part in read_parts(tmp_path / "t.parquet")] == [5, 5, 5, 5]


def test_padded_text_of_a_parquet_file_is_stripped_as_in_one(tmp_path):
    pl.DataFrame({"a": [" x", "y "] * 40}).write_parquet(tmp_path / "t.parquet")
    assert {cell for part in read_parts(tmp_path / "t.parquet") for cell in part.frame["a"]} == {"x", "y"}


def test_decimal_commas_that_come_late(tmp_path):
    """The first parts hold whole numbers, which do not tell what the sign of decimals is."""
    (tmp_path / "t.csv").write_text("a;b\n" + "1;2\n" * 400 + "1,5;2,5\n" * 400)
    found = list(read_parts(tmp_path / "t.csv"))
    assert (found[0].decimal, found[-1].decimal) == (".", ",")
    assert np.array_equal(
        np.concatenate([part.numbers("a") for part in found]), read_table(tmp_path / "t.csv").numbers("a")
    )


def test_a_sheet_comes_whole_and_a_missing_file_is_named(tmp_path, refuses):
    flats(40).write_excel(tmp_path / "t.xlsx")
    assert [len(part) for part in read_parts(tmp_path / "t.xlsx")] == [40]
    with refuses(f'{tmp_path / "u.xlsx"}: there is no such file. Did you mean "t.xlsx"?'):
        read_parts(tmp_path / "u.xlsx")


def test_a_fault_in_a_late_part_is_told_by_its_line(tmp_path, net, refuses):
    text = flats(300).write_csv().splitlines()
    (tmp_path / "t.csv").write_text("\n".join([*text, text[-1].rpartition(",")[0] + ",oops"]))
    *_, last = read_parts(tmp_path / "t.csv")
    with refuses(
        't.csv, line 302, column "price": expected a number, got "oops". 1 cell of the column is no number. '
        "Correct such cells, or leave them empty where the value is not known."
    ):
        net.predict(last)


def test_what_is_strange_about_parts_adds_up(path, net):
    preparation = TablePreparation.from_dict(net.preparation)
    frame = flats(300).with_columns(
        city=pl.when(pl.int_range(300) % 7 == 0).then(pl.lit("Bern")).otherwise(pl.col("city")), more=pl.lit(1)
    )
    whole = preparation.remarks(frame)
    found = Strange()
    for first in range(0, 300, 40):
        found += preparation.strange(frame[first : first + 40])
    assert found.remarks() == whole
    assert whole[0] == "Passed over, because training did not have them: more."
    assert 'Column "city": 43 cells hold values that training did not see.' in whole
    assert Strange().remarks() == ()


def test_a_network_is_judged_from_disk_to_the_same_bits(path, net):
    frame = flats(300)
    with open_table(path, like=net) as stream:
        assert net.predict(stream).tobytes() == net.predict(frame).tobytes()
        assert net.evaluate(stream) == net.evaluate(frame, frame["heating"].to_numpy())
        assert stream.why == "as the network was trained"
        found, whole = evaluate_all(net, stream, stream.y), evaluate_all(net, frame, stream.y, importance=False)
    assert found.figures == whole.figures
    assert np.array_equal(found.confusion.counts, whole.confusion.counts)
    assert [curve.area for curve in found.roc] == [curve.area for curve in whole.roc]
    assert found.importance.names == tuple(net.preparation and TablePreparation.from_dict(net.preparation).input_names)


def test_the_true_column_may_have_another_name(tmp_path, net):
    flats(50).rename({"heating": "burns"}).write_csv(tmp_path / "t.csv")
    with open_table(tmp_path / "t.csv", "burns", like=net) as stream:
        assert np.array(net.class_names)[stream.y].tolist() == flats(50)["heating"].to_list()


LIKE = [
    ({"heating": "coal"}, {},
     'The class "coal" is not one that the network knows. Did you mean "oil"? Known: gas, oil, wood.'),
    ("heating", {}, 't.csv: the target "heating" is not among the columns: {columns}.'),
    ({}, {"held_out": 0.2}, "open_table: with like=, a network, only target, header and folder can be given."),
    ({}, {"like": Network([Input(1), Dense(1)], name="plain")},
     'open_table: the network "plain" was not trained on a table\'s raw rows, so it holds no preparation. Read the '
     "table with read_parts and prepare it yourself."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "how", "error"), LIKE)
def test_what_a_network_cannot_be_judged_by(tmp_path, net, refuses, change, how, error):
    frame = flats(50)
    if isinstance(change, str):
        frame = frame.drop(change)
    else:
        frame = frame.with_columns(**{name: pl.lit(value) for name, value in change.items()})
    frame.write_csv(tmp_path / "t.csv")
    kind = DescriptionError if how else DataError
    with refuses(error.replace("{columns}", ", ".join(frame.columns)), kind):
        open_table(tmp_path / "t.csv", **({"like": net} | how))
