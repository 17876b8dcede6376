"""A trace as text, as HTML and as tables. (The whole text of a 2-2-1 network stands in docs/trace.md.)"""

import numpy as np
import pytest
from trace_nets import batch, pictures, small, xor

from pellucid import Dense, Dropout, Flatten, Input, Network
from pellucid.trace.explanation import Explanation, Step, Term


def test_one_layer_with_all_its_digits():
    net = Network([Input(1), Dense(1, activation="relu")], dtype="float64")
    net.compile("mean_squared_error", {"kind": "sgd", "rate": 0.0625})
    net.set_weights({"dense_1.weights": [[0.375]], "dense_1.bias": [1.0]})
    trace = net.trace([[2.0]], [0.0])
    assert trace.text("dense_1", digits=None) == (
        "dense_1 (Dense, relu): a = max(z, 0)\n"
        "  unit     z     a  ∂C/∂a  δ = ∂C/∂z\n"
        "  ──────────────────────────────────\n"
        "  0     1.75  1.75    3.5        3.5\n"
        "\n"
        "  weights       w  ∂C/∂w   update    new w\n"
        "  ────────────────────────────────────────\n"
        "  x[0] → 0  0.375      7  -0.4375  -0.0625\n"
        "\n"
        "  bias  b  ∂C/∂b    update    new b\n"
        "  ─────────────────────────────────\n"
        "  → 0   1    3.5  -0.21875  0.78125"
    )
    assert "  → 0   1    3.5   -0.22   0.78" in trace.text("dense_1", digits=2)


def test_a_forward_pass_alone_has_no_columns_of_gradients():
    text = str(small().trace(np.ones((1, 3))))
    assert text.startswith("Trace of network (3 → 4 → 2): 1 sample in float64; forward pass\n\ninput\n  input  value\n")
    assert "∂C" not in text
    assert "\noutputs\n  sample  a of 0  a of 1\n" in text


def test_a_large_network_is_folded_to_its_largest_numbers():
    net = Network([Input((28, 28)), Flatten(), Dense(128, activation="relu"), Dense(10, activation="softmax")])
    net.compile("categorical_crossentropy")
    trace = net.trace(np.random.default_rng(0).uniform(size=(28, 28)), 3)
    text = trace.text()
    assert len(text.splitlines()) < 100
    assert max(map(len, text.splitlines())) < 150
    assert "… the 8 largest of 784: value from 0.00" in text
    assert "… the 8 largest of 100,352: w from -0.08" in text
    assert "flatten_1 (Flatten): hands on what comes in, as 784" in text
    top = int(np.abs(trace["dense_1"].weights.gradient).argmax())
    assert f"pixel {divmod(top // 128, 28)} → {top % 128} " in text
    assert len(trace.text("dense_1", full=True).splitlines()) > 100_352


def test_many_samples_are_folded():
    text = small().trace(*batch(count=40)).text()
    assert "… the first 8 of 40 samples" in text
    assert "… the 8 largest of 160: z from" in text


def test_classes_and_features_are_named():
    net, X, y = xor()
    net.feature_names = ("left", "right")
    text = net.trace(X, y).text()
    assert "\n  left → 0  " in text
    assert "sample  true  predicted    loss  share" in text


def test_places_of_pictures_and_windows_are_named():
    net, X, y = pictures()
    text = net.trace(X, y).text(full=True)
    for words in ("pixel (5, 4, 1) ", "window (2, 2), channel 1 → map 2", "(0, 0, 0) ", "conv2d_2[2, 1, 1] → 2",
                  "→ map 1"):  # fmt: skip
        assert words in text


def test_dropout_while_training_is_said():
    net = Network([Input(2), Dropout(0.5), Dense(1)])
    net.compile("mse")
    assert net.trace([[1, 2]], [1], training=True).text().startswith(
        "Trace of network (2 → 2 → 1): 1 sample in float32, as while training; forward, loss, backward and one step "
        "of adam (rate 0.001)\n"
    )  # fmt: skip


def test_the_notebook_shows_tables_and_escapes_names():
    net, X, y = xor()
    net.feature_names = ("<b>", "c&d")
    page = net.trace(X, y)._repr_html_()
    assert page.count("<table>") == page.count("</table>") == 8
    assert "&lt;b&gt; → 0" in page
    assert "<b> →" not in page
    assert "&lt;b&gt;" in net.trace(X, y).explain("dense_1", 0)._repr_html_()


@pytest.mark.parametrize("library", ["polars", "pandas"])
def test_tables_hold_every_number(library):
    net, X, y = xor()
    trace = net.trace(X, y)
    units = trace.to_frame("dense_1", library)
    assert type(units).__module__.startswith(library)
    assert list(units.columns) == ["sample", "unit", "z", "a", "output_gradient", "delta"]
    assert np.asarray(units["z"]).tolist() == trace["dense_1"].z.ravel().tolist()
    weights = trace.to_frame("dense_1.weights", library)
    assert list(weights.columns) == [
        "input", "unit", "value", "gradient", "update", "new", "memory_1", "memory_2", "new_memory_1", "new_memory_2",
    ]  # fmt: skip
    assert np.asarray(weights["new"]).tolist() == trace["dense_1"].weights.new.ravel().tolist()
    assert list(weights["input"])[:5] == ["x[0]"] * 4 + ["x[1]"]
    samples = trace.to_frame(library=library)
    assert list(samples.columns) == ["sample", "true", "predicted", "loss", "share", "a of 0", "target of 0"]
    assert float((samples["loss"] * samples["share"]).sum()) == pytest.approx(trace.cost)
    assert list(trace.to_frame("input", library).columns) == ["sample", "input", "value", "gradient"]


def test_tables_of_a_convolution():
    net, X, y = pictures()
    frame = net.trace(X, y).to_frame("conv2d_1.weights")
    assert frame.columns[:5] == ["row", "column", "channel", "filter", "value"]
    assert frame.row(5)[:4] == (0, 0, 1, 2)
    assert net.trace(X, y).to_frame("conv2d_1.bias").columns[0] == "channel"


def test_long_sums_are_folded_to_their_largest_terms():
    terms = tuple(Term(f"x[{k}]", (0.5, float(k))) for k in range(20))
    explanation = Explanation("unit", (Step("z", "z = Σ w · x", terms, 95.0),))
    lines = explanation.text().splitlines()
    assert len(lines) == 2 + 1 + 12 + 1
    assert lines[3:5] == ["  x[9]                0.5 · 9  = 4.5", "  x[10]              0.5 · 10  = 5"]
    assert lines[-2:] == ["  … 9 smaller terms              18", "  z = 95"]
    assert len(explanation.text(most=None).splitlines()) == 2 + 1 + 20 + 1
    assert explanation.gap == 0.0


def test_a_dropouts_mask_is_not_guessed_where_zero_comes_in():
    net = Network([Input(3), Dropout(0.5), Dense(1)], seed=0)
    net.compile("mse", "sgd")
    trace = net.trace([[0.0, 2.0, 3.0]], [1.0], training=True)
    said = [str(trace.explain("dropout_1", unit)).splitlines()[-2:] for unit in range(3)]
    assert said[0] == ["  a = 0", "  (x is 0, so a is 0 whether this unit was left out or not)"]
    left_out = ["  a = 0 · 2 = 0", "  (this unit was left out)"]
    stays = ["  a = 2 · 2 = 4", "  (1 / (1 − 0.5), so that the mean stays)"]
    assert said[1] == (stays if trace["dropout_1"].a[0, 1] else left_out)
