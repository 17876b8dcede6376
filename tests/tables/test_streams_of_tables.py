"""Tables that are streamed from disk: the same inputs as in memory, in any order, in parts of any size."""

import numpy as np
import pytest
from tables_for_tests import flats

from pellucid import Dense, Input, Network
from pellucid.tables import TablePreparation, open_table, parts, read_table, sample


@pytest.fixture(params=["csv", "parquet"])
def table(request, tmp_path):
    frame = flats(500)
    path = tmp_path / f"flats.{request.param}"
    frame.write_csv(path) if request.param == "csv" else frame.write_parquet(path)
    return path, frame


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_CHARACTERS", 700)
    monkeypatch.setattr(parts, "PART_ROWS", 33)


def network(preparation, seed=1):
    net = Network([Input(len(preparation.input_names)), preparation.embedding(), Dense(8, activation="tanh"), Dense(1)],
                  seed=seed)  # fmt: skip
    net.compile("mse", "adam")
    return net


def test_the_same_inputs_and_targets_as_in_memory(table, rng):
    path, frame = table
    preparation = TablePreparation.fit(path, "price")
    X = preparation.transform(frame)
    with open_table(path, "price") as found:
        assert found.preparation == preparation
        assert repr(found) == f'<TableStream "flats": 500 rows of {X.shape[1]} inputs, numbers>'
        assert np.array_equal(found.take(np.arange(500)), X)
        order = rng.permutation(500)
        assert np.array_equal(found.take(order), X[order])
        assert np.array_equal(found.take([7, 7, 3]), X[[7, 7, 3]])
        assert np.array_equal(found.y, frame["price"].to_numpy())


def test_training_gives_the_same_bits_as_in_memory(table):
    path, frame = table
    with open_table(path, "price") as found:
        y = found.y = (found.y - found.y.mean()) / found.y.std()
        streamed, plain = network(found.preparation), network(found.preparation)
        streamed.fit(found, epochs=2, verbose=0)
        plain.fit(found.preparation.transform(frame), y, epochs=2, verbose=0)
        assert streamed.parameters.tobytes() == plain.parameters.tobytes()
        assert np.array_equal(streamed.predict(found), plain.predict(found.preparation.transform(frame)))


def test_rows_that_are_held_out_are_not_fitted_on(table):
    path, frame = table
    with open_table(path, "price", held_out=0.3, seed=5) as found:
        aside = found.held_out
        assert len(found) + len(aside) == 500
        assert 100 < len(aside) < 200
        held = np.isin(frame["price"].to_numpy(), aside.y)
        assert found.preparation == TablePreparation.fit(read_table(path)[~held], "price")
        assert np.array_equal(aside.take(np.arange(len(aside))), found.preparation.transform(frame.filter(held)))
        net = network(found.preparation)
        history = net.fit(found, validation_data=(aside, None), verbose=0)
        assert history.history["val_loss"][-1] == pytest.approx(net.evaluate(aside)["loss"])
    with open_table(path, "price", held_out=0.3, seed=6) as other:
        assert not np.array_equal(other.y, found.y)


def test_classes_are_those_of_all_rows(tmp_path):
    frame = flats(300)
    frame.write_csv(tmp_path / "t.csv")
    with open_table(tmp_path / "t.csv", "heating") as found:
        assert found.class_names == ("gas", "oil", "wood")
        assert np.array_equal(np.array(found.class_names)[found.y], frame["heating"].to_numpy())
        layers = [Input(found.shape[1]), found.preparation.embedding(), Dense(3, activation="softmax")]
        net = Network(layers)
        net.compile("categorical_crossentropy", metrics=["accuracy"])
        net.fit(found, verbose=0)
        assert net.class_names == found.class_names
        assert set(net.predict_classes(found)) <= set(found.class_names)


def test_the_sample_is_bounded_and_of_training_rows(table, monkeypatch):
    path, _ = table
    monkeypatch.setattr(sample, "SAMPLE", 60)
    seen = []
    fit = TablePreparation.fit
    monkeypatch.setattr(TablePreparation, "fit", lambda t, *a, **k: seen.append(t) or fit(t, *a, **k))
    with open_table(path, "rooms", kinds={"city": "category"}, task="numbers") as found:
        assert len(seen[0]) == 60
        assert len(np.unique(seen[0].rows)) == 60
        assert found.take([0, 499]).shape[0] == 2
        first = seen[0].rows
    with open_table(path, "rooms", kinds={"city": "category"}, task="numbers", seed=1):
        assert not np.array_equal(seen[1].rows, first)


def test_line_breaks_within_quotes_and_line_numbers(tmp_path, refuses):
    lines = ["note,x,y", *(f'"a\n{k % 4} ""b""",{k},{k % 2}' for k in range(200))]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines), newline="")
    with open_table(path) as found:
        assert len(found) == 200
        assert np.array_equal(found.take(np.arange(200)), found.preparation.transform(read_table(path)))
    path.write_text("\n".join([*lines, '"a\nz",oops,1']))
    mend = "Correct such cells, or leave them empty where the value is not known."
    with refuses(
        f't.csv, line 403, column "x": expected a number, got "oops". 1 cell of the column is no number. {mend}'
    ):
        open_table(path, kinds={"x": "number"})
    for cells, mend in (
        ("1,2,3,4", 'Put a cell that contains the separator "," in quotes.'),
        ("1,2", 'Add the cells that are missing; where a value is not known, the separator "," alone.'),
    ):
        path.write_text("\n".join([*lines, cells]))
        with refuses(f"t.csv, line 402: expected 3 cells as in the first line, found {len(cells.split(','))}. {mend}"):
            open_table(path)


def test_a_cell_that_the_sample_did_not_hold_is_told_by_its_line(tmp_path, monkeypatch, refuses):
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "\n".join(f"{'oops' if k == 333 else k / 3},{k % 2}" for k in range(400)))
    place = 't.csv, line 335, column "x": expected a number, got "oops". '
    mend = "Correct such cells, or leave them empty where the value is not known"
    with refuses(f'{place}1 of 400 cells of the column is not. {mend}; --column "x=category" takes all as categories.'):
        open_table(path)
    monkeypatch.setattr(sample, "SAMPLE", 10)
    with refuses(f"{place}1 cell of the column is no number. {mend}."):
        open_table(path)


REFUSED = [
    ("t.xlsx", b"", {}, "t.xlsx: an Excel file cannot be read in parts. Save it as CSV, or use read_table."),
    ("t.csv", b"", {}, "t.csv: the file is empty. Expected one line for each sample."),
    ("t.csv", b"x,y\n1,2\n3,2\n", {},
     't.csv: the target column "y" is "2" in all 2 rows, so there is nothing to learn. Choose another target.'),
    ("t.csv", b"x,y\n1,2\n3,4\n", {"held_out": 1.0},
     "open_table: held_out must be a share of at least 0 and below 1, got 1.0."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "how", "error"), REFUSED)
def test_what_cannot_be_streamed(write, refuses, name, content, how, error):
    with refuses(error):
        open_table(write(content, name), **how)


def test_a_closed_stream_and_rows_that_there_are_not(tmp_path, refuses):
    flats(30).write_csv(tmp_path / "t.csv")
    found = open_table(tmp_path / "t.csv", "price")
    with refuses("take: expected indexes from 0 to 29, got 30."):
        found.take([30])
    found.close()
    with refuses('The table "t" is closed. Open it again with open_table.'):
        found.take([0])
