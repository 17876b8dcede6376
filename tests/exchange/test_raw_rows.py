"""Raw rows in exported programs: cells of any type, tables without names, networks without a table; what is refused."""

import datetime

import numpy as np
import polars as pl
import pytest
from formats import assert_same, load_program
from programs import assert_says, build_c, read_answers, run_c, run_python, sanitizers
from random_tables import network

from pellucid import Conv2D, Dense, Flatten, Input, Network, from_keras, from_torch
from pellucid.errors import DataError
from pellucid.exchange.python import table as program_table
from pellucid.tables import TablePreparation, in_units, read_table
from pellucid.tables.columns import days_of
from pellucid.tables.find import DATE_FORMS, TIME_FORMS


@pytest.mark.parametrize(("rows", "words"), [
    ([{"size": 1.0}], 'rows[0]: the column "city", which the network was trained on, is missing.'),
    (["size"], "rows[0]: expected a dict of cells by their columns, got str."),
    ([{"size": "many", "city": "a", "große": "b", "built": None, "code": "c"}],
     'rows[0], column "size": expected a number, got "many".'),
    ([{"size": datetime.date(2024, 1, 1), "city": "a", "große": "b", "built": None, "code": "c"}],
     'rows[0], column "size": expected a number, got "2024-01-01".'),
    ([{"size": 1, "city": "a", "große": "b", "built": 7, "code": "c"}],
     'rows[0], column "built": expected a date written as %d %b %Y, got "7".'),
])  # fmt: skip
def test_python_refuses_rows_by_name(rows, words, made):
    folder, _ = made
    with pytest.raises(ValueError) as found:
        load_program(folder / "n.py").predict(rows)
    assert str(found.value) == words


def test_python_takes_cells_of_any_type(made):
    """Numbers as text, whole numbers with decimals, truth values, dates and times, NaN and NumPy's types."""
    folder, _ = made
    program = load_program(folder / "n.py")
    row = {"size": 2.0, "city": "Rome", "große": "jö", "built": "1 Feb 2024", "code": "c1"}
    same = [{"size": "2"}, {"size": 2}, {"size": np.float32(2)}, {"size": np.int64(2)}, {"city": " Rome "}, {
        "built": datetime.date(2024, 2, 1)}, {"built": datetime.datetime(2024, 2, 1)}, {"große": "JÖ"}]  # fmt: skip
    for other in same:
        assert (program.predict([row | other]) == program.predict([row])).all()
    gaps = [program.predict([row | {"size": gap}]) for gap in (None, float("nan"), "", "NA", 9, "9.00")]
    assert all((gap == gaps[0]).all() for gap in gaps)
    assert (program.predict([row | {"size": True}]) == program.predict([row | {"size": 1}])).all()
    assert program.predict([]).shape == (0, 3)


@pytest.mark.parametrize("form", [*DATE_FORMS, *TIME_FORMS])
def test_dates_are_read_as_in_tables(form):
    """Of every form, and what has nearly that form: days, or nothing."""
    day = datetime.datetime(2024, 2, 29, 7, 8, 9, 250000)
    other = datetime.datetime(1969, 12, 5, 23, 59, 59)
    texts = [one.strftime(f.replace("%.f", ".%f")) for one in (day, other) for f in (*DATE_FORMS, *TIME_FORMS)]
    texts += [text.replace("29", "30") for text in texts] + [text.replace("0", "") for text in texts]
    texts += [text + "x" for text in texts[:6]] + [text.replace(" ", "  ") for text in texts] + ["", "7", "2024"]
    texts += [text.replace(":59", ":60") for text in texts] + [text.replace("23:", "24:") for text in texts]
    raw = read_table(pl.DataFrame({"day": texts}))
    expected = days_of(raw, "day", form)
    found = np.array([program_table.as_days(text.strip(), form) for text in texts])
    early = expected < -719162  # before the year 1, which Python's dates do not know
    assert (np.isfinite(expected) & ~early).sum() >= 3
    np.testing.assert_allclose(found[~early], expected[~early], rtol=0, atol=1e-9)


@pytest.mark.parametrize("cell", [0.0, -3.0, 2.5, 1e20, 2.0**53, 12345678.0, True, 7, "x", None, float("nan"),
                                  datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5)])  # fmt: skip
def test_cells_are_texts_as_in_tables(cell):
    (expected,) = read_table(pl.DataFrame({"a": [cell, cell]}), what="a").texts("a")[:1]
    assert program_table.as_text(cell) == (expected or "")


# --- without names, without classes, without a table -----------------------------------------------------------------


def test_files_without_names_are_taken_in_order(tmp_path):
    """With the target or without it, as in training."""
    rng = np.random.default_rng(0)
    lines = [f"{x:.3f},{'abc'[k % 3]},{k},{y:.3f}" for k, (x, y) in enumerate(rng.normal(size=(60, 2)))]
    (tmp_path / "train.csv").write_text("\n".join(lines))
    net = network(read_table(tmp_path / "train.csv"), "column 3")
    net.export(tmp_path / "n.py")
    net.export(tmp_path / "n.c")
    build_c(tmp_path, "n.c", "n_main.c", flags=sanitizers())
    (tmp_path / "with.csv").write_text("\n".join(lines[:9]))
    (tmp_path / "without.csv").write_text("\n".join(f"{a},{b},{d}" for a, b, _, d in (x.split(",") for x in lines[:9])))
    (tmp_path / "other.csv").write_text("1,2\n3,4\n")
    for run in (run_python, run_c):
        for file in ("with.csv", "without.csv"):
            assert_says(run(tmp_path, file), net, read_table(tmp_path / file))
        done = run(tmp_path, "other.csv")
        assert (done.returncode, b"expected 3 c" in done.stderr) == (1, True)


def test_a_number_is_said_in_the_targets_units(tmp_path):
    frame = pl.DataFrame({"rooms": [1.0, 2.0, 3.0, 4.0] * 9, "price": [100.0, 250.0, 300.0, 420.0] * 9})
    preparation = TablePreparation.fit(frame, "price")
    net = Network([Input(1), Dense(3, "tanh"), Dense(1)], seed=2)
    net.preparation = preparation.to_dict()
    priced = in_units(net, 270.0, 115.0)
    priced.export(tmp_path / "n.py")
    priced.export(tmp_path / "n.c")
    build_c(tmp_path, "n.c", "n_main.c", flags=sanitizers())
    frame[:5].write_csv(tmp_path / "rows.csv")
    for run in (run_python, run_c):
        head, rows = read_answers(run(tmp_path, "rows.csv"))
        assert head == ["row", "predicted"]
        assert_same(np.array(rows, float)[:, 1:], priced.predict(frame[:5]))


def test_two_classes_with_one_output_have_both_probabilities(tmp_path):
    net = network(pl.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]}), units=1)
    two = Network([Input(1), Dense(1, "sigmoid")], seed=1)
    two.preparation, two.class_names = net.preparation, ("no, never", "yes")
    two.export(tmp_path / "n.py")
    two.export(tmp_path / "n.c")
    build_c(tmp_path, "n.c", "n_main.c", flags=sanitizers())
    rows = pl.DataFrame({"x": [-5.0, 2.0, 9.0]})
    rows.write_csv(tmp_path / "rows.csv")
    for run in (run_python, run_c):
        head, said = read_answers(run(tmp_path, "rows.csv"))
        assert head == ["row", "predicted", "p(no, never)", "p(yes)"]
        yes = two.predict(rows)
        assert_same(np.array([row[2:] for row in said], float), np.hstack([1 - yes, yes]))
        assert [row[1] for row in said] == two.predict_classes(rows).tolist()


@pytest.mark.parametrize("names", [None, ("first", "second, or so", "third")])
def test_networks_without_a_table_take_numbers(names, tmp_path):
    """By the inputs' names where the file has these, else in order."""
    net = Network([Input(3), Dense(2, "softmax")], seed=1)
    net.class_names, net.feature_names = ("a", "b"), names
    net.export(tmp_path / "n.py")
    net.export(tmp_path / "n.c")
    build_c(tmp_path, "n.c", "n_main.c", flags=sanitizers())
    X = np.array([[0.5, 1.0, -2.0], [3.0, 0.0, 1.0]])
    files = {"1;2": "0,5;1;-2\n3,25;0;1\n", "plain": "0.5,1,-2\n3,0,1\n", "headed": "u,v,w\n0.5,1,-2\n3,0,1\n"}
    if names:
        files["named"] = 'third,x,first,"second, or so"\n-2,9,0.5,1\n1,9,3,0\n'
    for what, text in files.items():
        (tmp_path / "rows.csv").write_text(text)
        expected = net.predict(X if what != "1;2" else np.add(X, [[0, 0, 0], [0.25, 0, 0]]))
        for run in (run_python, run_c):
            head, rows = read_answers(run(tmp_path, "rows.csv"))
            assert head == ["row", "predicted", "p(a)", "p(b)"]
            assert_same(np.array([row[2:] for row in rows], float), expected)
    for text in ("1,2\n", "1,2,x\n1,2,x\n", "1,2,inf\n"):
        (tmp_path / "rows.csv").write_text(text)
        for run in (run_python, run_c):
            done = run(tmp_path, "rows.csv")
            assert (done.returncode, b"Error: rows.csv" in done.stderr) == (1, True)


def test_pictures_say_their_shape(tmp_path):
    net = Network([Input((4, 5, 2)), Conv2D(2, 3), Flatten(), Dense(3, "softmax")], seed=1)
    net.export(tmp_path / "n.py")
    net.export(tmp_path / "n.c")
    build_c(tmp_path, "n.c", "n_main.c", flags=sanitizers())
    X = np.random.default_rng(0).random((3, 4, 5, 2)).round(3).astype(np.float32)
    np.savetxt(tmp_path / "pictures.csv", X.reshape(3, -1), delimiter=",")
    np.save(tmp_path / "pictures.npy", X)
    for done in (run_python(tmp_path, "pictures.csv"), run_python(tmp_path, "pictures.npy"), run_c(
        tmp_path, "pictures.csv")):  # fmt: skip
        head, rows = read_answers(done)
        assert head == ["row", "output 1", "output 2", "output 3"]
        assert_same(np.array(rows, float)[:, 1:], net.predict(X))
    assert "the 40 numbers of one sample (4×5×2, the last axis" in run_python(tmp_path, "--help").stdout.decode()
    assert "the 40 numbers of a sample (4 x 5 x 2, the last axis" in run_c(tmp_path, "--help").stdout.decode()


# --- names, samples, faults -----------------------------------------------------------------------------------------


def test_columns_may_be_called_as_words_of_c(tmp_path):
    names = ["int", "errno", "x", "X", "row", "1st", "", "gap", "input", "é", "*/ \\", "y"]
    rng = np.random.default_rng(3)
    frame = pl.DataFrame({name or "column 7": rng.normal(size=40) for name in names})
    net = network(frame)
    net.export(tmp_path / "n.c", function="say")
    net.export(tmp_path / "n.py")
    build_c(tmp_path, "n.c", "test_n.c", flags=sanitizers())
    assert run_c(tmp_path).returncode == 0
    load_program(tmp_path / "test_n.py").test_predicts_what_the_network_predicted()
    text = (tmp_path / "n.h").read_text()
    assert [f"double {field};" in text for field in ("int_", "errno_", "x", "x_2", "column_1st")] == [True] * 5


def test_an_infinite_number_in_a_row_of_c_is_refused(tmp_path):
    net = network(pl.DataFrame({"size": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]}))
    net.export(tmp_path / "n.c")
    (tmp_path / "use.c").write_text(
        "#include <math.h>\n#include <stdio.h>\n#include \"n.h\"\nint main(void) {\n"
        "    const struct predict_row rows[] = {{.size = INFINITY}, {.size = NAN}, {.size = 2.0}};\n"
        "    float output[3] = {7.0f};\n"
        "    for (int k = 0; k < 3; k++)\n        printf(\"%d \", predict(rows + k, output));\n"
        "    printf(\"%s %s\\n\", predict_columns[0], predict_class_names[predict_class(output)]);\n}\n"
    )  # fmt: skip
    build_c(tmp_path, "n.c", "use.c", flags=sanitizers())
    said = net.predict_classes(pl.DataFrame({"size": [2.0]}))[0]
    assert run_c(tmp_path).stdout.decode() == f"0 1 1 size {said}\n"


def test_samples_of_ones_own_are_rows_or_arrays(made, tmp_path):
    _, net = made
    rows = pl.DataFrame({"size": [1.0, 9.0], "city": ["Rome", None], "große": ["jö", "?"], "built": ["1 Feb 2024", ""],
                         "code": ["c1", "x"], "other": [1, 2]})  # fmt: skip
    X = TablePreparation.from_dict(net.preparation).transform(rows)
    for samples, called in ((rows, "program.predict(ROWS)"), (X, "program.predict_prepared(X)")):
        written = [*net.export(tmp_path / "n.py", samples=samples), *net.export(tmp_path / "n.c", samples=samples)]
        assert called in written[1].read_text()
        load_program(written[1]).test_predicts_what_the_network_predicted()
        build_c(tmp_path, "n.c", "test_n.c", flags=sanitizers())
        assert run_c(tmp_path).stdout == b"2 samples: as the network predicted\n"


FAULTS = {
    "n.py": {
        "median": ("squash((x - 12", "squash((x - 22"), "cycle": ("np.sin(2 *", "np.sin(1.9 *"),
        "code": ('{"": 1}', '{"": 0}'), "value": ("['Oslo', ", "['oslo', "), "yes": ("[1.0 if", "[0.9 if"),
        "gap": ("inputs.append(gap)", "inputs.append(~gap)"), "squash": ("FAR = 8.0", "FAR = 4.0"),
    },
    "n.c": {
        "median": ("->size - 12", "->size - 22"), "cycle": ("sin(6.28", "sin(6.18"),
        "code": ("gap ? 1.0f", "gap ? 0.0f"),
        "value": ('"Oslo"', '"oslo"'), "yes": ("*input = 1.0f", "*input = 0.9f"), "gap": ("(float)gap", "(float)!gap"),
        "squash": ("z / 8.0", "z / 4.0"), "capitals": ("\\303\\226", "\\303\\227"),
    },
}  # fmt: skip


@pytest.mark.parametrize(("file", "fault"), [(file, fault) for file in FAULTS for fault in FAULTS[file]])
def test_a_planted_fault_is_seen(file, fault, made, tmp_path):
    """By the test that comes along."""
    old, new = FAULTS[file][fault]
    program, *others = made[1].export(tmp_path / file)
    text = program.read_text()
    assert old in text
    program.write_text(text.replace(old, new))
    if file == "n.py":
        with pytest.raises(AssertionError, match="Not equal to tolerance"):
            load_program(others[0]).test_predicts_what_the_network_predicted()
    else:
        build_c(tmp_path, "n.c", "test_n.c")
        done = run_c(tmp_path)
        assert (done.returncode, b" instead of " in done.stdout) == (1, True)


def test_a_preparation_that_is_not_the_networks_is_refused(made, tmp_path):
    other = Network([Input(2), Dense(1)])
    other.preparation = made[1].preparation
    makes = len(made[1].feature_names)
    for file in ("n.py", "n.c"):
        with pytest.raises(DataError) as found:
            other.export(tmp_path / file)
        assert str(found.value) == (
            f"The table's preparation makes {makes} inputs, but the network takes (2,). Set net.preparation to the one "
            f"that it was trained with, or to None."
        )
    assert list(tmp_path.iterdir()) == []


def test_keras_and_torch_carry_the_preparation_as_data(made, tmp_path):
    _, net = made
    pytest.importorskip("h5py")
    rows = read_table(pl.DataFrame({"size": [1.0], "city": ["Rome"], "große": ["jö"], "built": ["1 Feb 2024"],
                                    "code": ["c1"]}))  # fmt: skip
    for file, read in (("n.keras", from_keras), ("n.safetensors", from_torch)):
        again = read(net.export(tmp_path / file)[0])
        assert (again.preparation, again.class_names) == (net.preparation, net.class_names)
        assert (again.predict(rows) == net.predict(rows)).all()


def test_infinity_may_mean_a_missing_number(tmp_path):
    frame = pl.DataFrame({"size": [*map(float, range(30)), np.inf, -np.inf, np.nan], "y": np.arange(33.0)})
    net = network(frame, missing={"size": ("inf", "-inf")})
    written = net.export(tmp_path / "n.py", samples=frame[28:])
    program = load_program(written[0])
    load_program(written[1]).test_predicts_what_the_network_predicted()
    assert_same(program.predict(frame[28:].to_dicts()), net.predict(frame[28:]))
    assert (program.predict([{"size": "inf"}, {"size": np.inf}]) == program.predict([{"size": None}] * 2)).all()
