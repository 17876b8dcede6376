"""Networks that take raw rows: training, predictions, one file, and the units of the target."""

import subprocess
import sys

import numpy as np
import polars as pl
import pytest
from tables_for_tests import flats

from pellucid import Dense, Input, Network, load
from pellucid.tables import TablePreparation, in_units, read_table
from pellucid.tables.targets import standard


def network(preparation, outputs=1, activation="identity", **how):
    embedding = preparation.embedding()
    layers = [Input(len(preparation.input_names)), *([embedding] if embedding else []), Dense(16, activation="relu")]
    net = Network([*layers, Dense(outputs, activation=activation)], seed=2, **how)
    net.preparation, net.feature_names = preparation.to_dict(), preparation.input_names
    return net


@pytest.fixture(scope="module")
def trained():
    """A network for prices, trained on standardised ones, and the frame."""
    frame = flats(600)
    preparation = TablePreparation.fit(frame, "price")
    net = network(preparation)
    y = frame["price"].to_numpy()
    mean, deviation = standard(y)
    net.compile("mse", {"kind": "adam", "rate": 0.01}, ["mae"])
    net.fit(frame, (y - mean) / deviation, epochs=30, verbose=0)
    return in_units(net, mean, deviation), net, frame, mean, deviation


def test_targets_far_from_0_keep_their_digits(trained, tmp_path):
    """float32 has steps of 1 near 10,000,000."""
    _, inner, frame, *_ = trained
    far = in_units(inner, mean=1e7, deviation=0.5)
    assert (far.dtype, in_units(inner, mean=1e3, deviation=0.5).dtype) == ("float64", "float32")
    expected = 1e7 + 0.5 * inner.predict(frame).astype(float)
    np.testing.assert_allclose(far.predict(frame), expected, rtol=0, atol=1e-5)
    far.save(tmp_path / "far.pellucid")
    np.testing.assert_array_equal(load(tmp_path / "far.pellucid").predict(frame), far.predict(frame))


def test_predictions_are_in_the_target_s_units(trained):
    net, inner, frame, mean, deviation = trained
    y = frame["price"].to_numpy()
    p = net.predict(frame)[:, 0]
    assert 1 - ((y - p) ** 2).sum() / ((y - y.mean()) ** 2).sum() > 0.95
    assert np.allclose(p, mean + deviation * inner.predict(frame)[:, 0].astype(float), rtol=1e-5)
    assert net.layers[-1][0] == "units"
    assert net.history is inner.history
    found = net.evaluate(frame)
    assert found["mae"] == pytest.approx(np.abs(y - p).mean(), rel=1e-4)
    assert found == net.evaluate(frame, y)


def test_training_can_go_on_in_the_target_s_units(trained):
    net, _, frame, *_ = trained
    again = Network.from_dict(net.to_dict())
    again.set_weights(net.weights)
    again.preparation = net.preparation
    again.compile("mse", {"kind": "adam", "rate": 0.001})
    before = again.evaluate(frame)["loss"]
    again.fit(frame, epochs=5, verbose=0)
    assert again.evaluate(frame)["loss"] < before


def test_targets_of_any_size_train_alike():
    """Standardised, the same weights come out whether a price is in cents or in millions."""
    frame = flats(100)
    y = frame["price"].to_numpy()
    found = []
    for factor in (1e-12, 1.0, 2.0**40):
        mean, deviation = standard(y * factor)
        net = network(TablePreparation.fit(frame, "price"), dtype="float64")
        net.compile("mse", "adam")
        net.fit(frame, (y * factor - mean) / deviation, epochs=3, verbose=0)
        found.append(in_units(net, mean, deviation).predict(frame)[:, 0] / factor)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-7)
    np.testing.assert_allclose(found[2], found[1], rtol=1e-7)


@pytest.mark.parametrize("labels", ["text", "numbers"])
def test_classes_by_name(labels):
    frame = flats(300).drop("price").rename({"lift": "sold"})
    if labels == "numbers":
        frame = frame.with_columns(pl.Series("sold", [4 if s == "yes" else 3 for s in frame["sold"]]))
    frame = frame.with_columns(area=pl.Series([50.0 if str(s) in ("yes", "4") else 10.0 for s in frame["sold"]]))
    preparation = TablePreparation.fit(frame, "sold")
    net = network(preparation, activation="sigmoid")
    names = ("no", "yes") if labels == "text" else ("3", "4")
    net.class_names = names
    net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.02}, ["accuracy"])
    net.fit(frame, epochs=10, verbose=0)
    assert net.class_names == names
    assert net.predict_classes(frame.drop("sold")).tolist() == [str(s) for s in frame["sold"]]
    assert net.evaluate(frame)["accuracy"] == 1.0
    with pytest.raises(Exception, match=r"^y: no targets were given\. Give one for each row of X\.$"):
        net.evaluate(frame.drop("sold"))


def test_rows_of_any_kind_predict_the_same_bits(trained, tmp_path):
    net, _, frame, *_ = trained
    frame.write_csv(tmp_path / "flats.csv")
    expected = net.predict(frame).tobytes()
    others = [
        frame.to_pandas(),
        frame.to_arrow(),
        read_table(tmp_path / "flats.csv"),
        frame.select(frame.columns[::-1]),
    ]
    assert [net.predict(other).tobytes() == expected for other in others] == [True] * 4
    prepared = TablePreparation.from_dict(net.preparation).transform(frame)
    assert net.predict(prepared).tobytes() == expected


def test_a_saved_network_predicts_the_same_bits_from_raw_rows_in_a_fresh_process(trained, tmp_path):
    net, _, frame, *_ = trained
    net.save(tmp_path / "m.pellucid")
    frame.drop("price").write_csv(tmp_path / "rows.csv")
    code = (
        "import sys; from pellucid import load; from pellucid.tables import read_table\n"
        "net = load(sys.argv[1]); print(net.predict(read_table(sys.argv[2])).tobytes().hex())"
    )
    run = subprocess.run([sys.executable, "-c", code, tmp_path / "m.pellucid", tmp_path / "rows.csv"],
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert bytes.fromhex(run.stdout.strip()) == net.predict(frame).tobytes()
    assert load(tmp_path / "m.pellucid").preparation == net.preparation


def test_the_summary_shows_the_columns(trained, capsys):
    net, *_ = trained
    net.summary()
    said = capsys.readouterr().out
    preparation = TablePreparation.from_dict(net.preparation)
    assert f"\n\nColumns of the table:\n{preparation}\n" in said
    assert "│ units (Standardize)" in said
    assert "<th" in net._repr_html_()
    assert '<td style="text-align:left;padding:2px 12px">heating</td>' in net._repr_html_()


def test_missing_columns_are_refused_by_every_method(trained, refuses):
    net, _, frame, *_ = trained
    missing = (
        'X: the column "area", which the network was trained on, is missing. Did you mean "areas"? Columns: id, rooms, '
        "areas, heating, city, lift, built, country, price."
    )
    for call in (net.predict, net.evaluate, net.fit):
        with refuses(missing):
            call(frame.rename({"area": "areas"}))


def test_validation_rows_are_prepared_with_the_figures_of_training(trained):
    _, _, frame, mean, deviation = trained
    y = (frame["price"].to_numpy() - mean) / deviation
    net = network(TablePreparation.fit(frame[:400], "price"))
    net.compile("mse", "adam")
    history = net.fit(frame[:400], y[:400], validation_data=(frame[400:], y[400:]), verbose=0)
    assert history.history["val_loss"][-1] == pytest.approx(net.evaluate(frame[400:], y[400:])["loss"])


def test_frames_without_a_preparation_are_numbers_as_before():
    frame = pl.DataFrame({"a": [0.0, 1.0], "b": [1.0, 0.0]})
    net = Network([Input(2), Dense(1)])
    assert np.array_equal(net.predict(frame), net.predict(frame.to_numpy()))
