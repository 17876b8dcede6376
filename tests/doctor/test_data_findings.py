"""The doctor on data: every check fires where the fault was planted, names the place, and is silent without it."""

import numpy as np
import polars
import pytest

from pellucid import BatchNorm, Dense, Input, Network, Standardize
from pellucid.doctor.inputs import errors_left
from pellucid.errors import DataError


def table(n=200, seed=0):
    """Four inputs of size 1 and two classes that depend on all of them."""
    X = np.random.default_rng(seed).normal(size=(n, 4))
    return X, (X.sum(axis=1) + 0.3 * X[:, 0] ** 2 > 0).astype(int)


def network(inputs=4, *first, output=("sigmoid", 1), loss="binary_crossentropy", **compiled):
    net = Network([Input(inputs), *first, Dense(8, "relu"), Dense(output[1], output[0])], name="patient")
    net.compile(loss, compiled.pop("optimizer", "adam"), ["accuracy"])
    net.feature_names = ("a", "b", "c", "d")[:inputs] if inputs <= 4 else None
    return net


def only(found, name):
    (one,) = found.named(name)
    return one


def test_a_healthy_network_has_no_finding_above_a_note():
    X, y = table(400)
    net = network()
    assert net.diagnose(X, y).worst in (None, "note")
    net.fit(X[:300], y[:300], epochs=60, verbose=0, validation_data=(X[300:], y[300:]))
    found = net.diagnose(X[:300], y[:300], validation_data=(X[300:], y[300:]))
    assert found.worst in (None, "note"), found.text()
    assert found.skipped == {}
    assert len(found.checked) == 20


def test_missing_values_are_counted_and_the_first_is_named():
    X, y = table()
    X[7, 2] = X[9, 2] = np.nan
    X[9, 0] = np.inf
    one = only(network().diagnose(X, y), "missing values")
    assert (one.severity, str(one.place)) == ("error", 'X, row 7, column "c"')
    assert one.evidence == {"values": 3, "rows": 2, "columns": 2, "in this column": 2}


def test_missing_values_of_a_table_and_of_validation_rows():
    X, y = table()
    frame = polars.DataFrame({name: X[:, k] for k, name in enumerate("abcd")}).with_columns(
        polars.when(polars.col("b") == X[3, 1]).then(None).otherwise(polars.col("b")).alias("b")
    )
    assert str(only(network().diagnose(frame, y), "missing values").place) == 'X, row 3, column "b"'
    held_out = X.copy()
    held_out[1, 3] = np.nan
    found = network().diagnose(X, y, validation_data=(held_out, y))
    assert str(only(found, "missing values").place) == 'validation X, row 1, column "d"'


def test_nothing_but_missing_values():
    found = network().diagnose(np.full((5, 4), np.nan), [0, 1, 0, 1, 0])
    assert [one.name for one in found.findings] == ["missing values"]
    assert found.skipped["dead units"] == "no row is without missing values"


def test_a_constant_column():
    X, y = table()
    X[:, 1] = 3.5
    one = only(network().diagnose(X, y), "constant inputs")
    assert (one.severity, str(one.place), one.evidence["value"]) == ("warning", 'X, column "b"', 3.5)
    assert not network().diagnose(*table()).named("constant inputs")


@pytest.mark.parametrize(("scale", "size"), [(300.0, "large"), (1e-4, "small")])
def test_unscaled_inputs_and_what_mends_them(scale, size):
    X, y = table()
    X = X * scale if size == "small" else X * [1, 1, 1, scale]
    one = only(network().diagnose(X, y), "unscaled inputs")
    assert one.place.layer == "dense_1"
    assert one.evidence[f"inputs that are too {size}"] == (1 if size == "large" else 4)
    if size == "large":
        assert one.place.column == "d"
        assert one.evidence["deviation"] == pytest.approx(X[:, 3].std(), rel=1e-12)
    assert not network(4, Standardize.of(X)).diagnose(X, y).named("unscaled inputs")


def test_leaking_columns():
    X, y = table()
    X[:, 2] = y * 2.0 + 0.001 * X[:, 2]
    one = only(network().diagnose(X, y), "leaking inputs")
    assert (one.severity, str(one.place)) == ("warning", 'X, column "c"')
    assert one.evidence == {"rows": 200, "errors by this column alone": 0.0,
                            "errors without any input": 1 - np.bincount(y).max() / 200}  # fmt: skip
    assert not network().diagnose(*table()).named("leaking inputs")


def test_a_leak_of_several_classes_and_of_numbers():
    X, _ = table()
    y = np.arange(200) % 3
    X[:, 0] = np.array([5, 1, 9])[y] + 0.1 * X[:, 0]
    net = network(output=("softmax", 3), loss="categorical_crossentropy")
    assert only(net.diagnose(X, y), "leaking inputs").place.column == "a"
    numbers = X @ [1, 2, 3, 4]
    net = network(output=("identity", 1), loss="mse")
    assert not net.diagnose(X, numbers).named("leaking inputs")
    X[:, 3] = 7 - 2 * numbers
    one = only(net.diagnose(X, numbers), "leaking inputs")
    assert one.place.column == "d"
    assert one.evidence["variance left"] < 1e-9


def test_errors_of_a_column_alone_are_those_of_the_best_threshold():
    rng = np.random.default_rng(3)
    x, codes = rng.normal(size=(60, 1)), rng.integers(0, 2, 60)
    low, high = (0, 1) if x[codes == 0].mean() < x[codes == 1].mean() else (1, 0)
    best = max(np.mean(np.where(x[:, 0] <= t, low, high) == codes) for t in [-9, *x[:, 0]])
    assert errors_left(x, codes)[0][0] == pytest.approx(1 - best, abs=1 / 60 + 1e-12)


def test_rows_that_stand_in_both_sets():
    X, y = table()
    held_out = np.concatenate([table(50, seed=1)[0], X[[17, 40]]])
    one = only(network().diagnose(X, y, validation_data=(held_out, y[:52])), "rows in both sets")
    assert (one.severity, one.place.row, one.evidence["shared rows"]) == ("warning", 50, 2)
    assert one.evidence["the same as row of X"] == 17
    assert only(network().diagnose(X, y, validation_data=(X, y)), "rows in both sets").severity == "error"
    other = table(50, seed=1)
    assert not network().diagnose(X, y, validation_data=other).named("rows in both sets")


def test_class_imbalance_names_the_rare_class():
    X, _ = table()
    y = np.array(["healthy"] * 190 + ["ill"] * 10)
    one = only(network().diagnose(X, y), "class imbalance")
    assert (one.severity, one.place.class_name) == ("warning", "ill")
    assert one.evidence == {"rows of this class": 10, "rows of the most frequent": 190, "rows": 200}
    assert only(network().diagnose(X, ["ill"] * 200), "one class only").severity == "error"
    net = network(output=("softmax", 3), loss="categorical_crossentropy")
    assert only(net.diagnose(X, np.arange(200) % 2), "class imbalance").place.class_name == "2"  # no row of it


def test_a_validation_set_of_one_class():
    X, y = table()
    held_out = table(30, seed=4)[0]
    one = only(network().diagnose(X, y, validation_data=(held_out, np.ones(30, int))), "one-class validation set")
    assert (one.severity, str(one.place), one.evidence) == ("error", 'validation y, class "1"', {"rows": 30})
    net = network(output=("softmax", 3), loss="categorical_crossentropy")
    found = net.diagnose(X, np.arange(200) % 3, validation_data=(held_out, np.arange(30) % 2))
    one = only(found, "one-class validation set")
    assert (one.severity, one.place.class_name) == ("warning", "2")


@pytest.mark.parametrize(
    ("output", "loss", "y", "severity", "words"),
    [
        (("identity", 1), "mse", np.array(["no", "yes"])[table()[1]], "warning", "output are those for numbers"),
        (("sigmoid", 1), "mse", table()[1], "note", "learns slowly"),
        (("sigmoid", 1), "mse", table()[0][:, 0] * 5, "error", "cannot be reached: sigmoid gives values from 0 to 1."),
        (("relu", 1), "mse", table()[0][:, 0], "error", "cannot be reached: relu gives values from 0 to inf."),
        (("sigmoid", 1), "binary_crossentropy", table()[0][:, 0] * 5, "error", "takes targets from 0 to 1, got "),
        (("sigmoid", 2), "binary_crossentropy", np.eye(2)[table()[1]], "note", "exactly one class"),
    ],
)  # fmt: skip
def test_a_loss_that_does_not_fit(output, loss, y, severity, words):
    X, _ = table()
    found = network(output=output, loss=loss).diagnose(X, y).named("loss does not fit")
    assert [(one.severity, words in one.message) for one in found if words in one.message] == [(severity, True)]


def test_targets_of_another_size():
    X, _ = table()
    y = 3000 + 50 * X[:, 0] + X[:, 1] ** 2
    one = only(network(output=("identity", 1), loss="mse").diagnose(X, y), "unscaled targets")
    assert one.evidence == {"mean": pytest.approx(y.mean(), rel=1e-6), "deviation": pytest.approx(y.std(), rel=1e-4)}


def test_it_goes_as_far_as_it_can():
    X, y = table()
    net = Network([Input(4), BatchNorm(), Dense(2, "softmax")])
    assert net.diagnose().checked == ("missing values", "weights not finite")
    assert net.diagnose().text().startswith("network: nothing found (2 checks made, 18 left out)\n\nNot checked:\n")
    found = net.diagnose(X, y)
    assert found.skipped["vanishing or exploding gradients"] == "compile the network first"
    assert "class imbalance" in found.checked
    before = net.snapshot()
    net.diagnose(X, y)
    assert np.array_equal(before, net.snapshot())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (((None, [0, 1])), "diagnose: targets were given without their rows. Give X too."),
        (([[1, 2, 3, 4]], [0, 1]), "X has 1 row, but y has 2. Give one target for each row."),
        (([["red", 1, 2, 3]], None), "X: expected numbers. could not convert string to float: 'red' Encode text as "
                                     "numbers, or leave it out."),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at(given, words):
    with pytest.raises(DataError) as caught:
        network().diagnose(*given)
    assert str(caught.value) == words


def test_rows_of_a_file_are_named_by_their_lines(tmp_path):
    from pellucid.tables import TablePreparation, read_table

    rng = np.random.default_rng(0)
    frame = polars.DataFrame({"a": rng.random(40), "b": rng.random(40), "y": rng.integers(0, 2, 40)})
    frame = polars.concat([frame, frame[7:8]])  # the last row once more is the eighth
    frame.write_csv(tmp_path / "t.csv")
    raw = read_table(tmp_path / "t.csv")
    preparation = TablePreparation.fit(raw, target="y")
    net = Network([Input(2), Dense(1, "sigmoid")], seed=1)
    net.compile("binary_crossentropy", "adam")
    net.preparation, net.feature_names = preparation.to_dict(), preparation.input_names
    y = frame["y"].to_numpy()
    found = net.diagnose(raw[:30], y[:30], validation_data=(raw[30:], y[30:])).named("rows in both sets")[0]
    assert (found.place.row, found.place.source, str(found.place)) == (10, "line 42", "validation X, row 10 (line 42)")
    assert found.evidence["the same as row of X"] == "7 (line 9)"
    plain = net.diagnose(raw.frame[:30], y[:30], validation_data=(raw.frame[30:], y[30:]))
    assert str(plain.named("rows in both sets")[0].place) == "validation X, row 10"
