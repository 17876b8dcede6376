"""What a worksheet holds, without LibreOffice: the trace's numbers, all tables of formulas, and what is refused."""

import io
import re
import zipfile

import numpy as np
import pytest
from worksheet_cases import CASES, XOR

from pellucid import Augment, Conv2D, Dense, Flatten, GlobalAvgPool2D, Input, Network, load
from pellucid.activations import ACTIVATIONS
from pellucid.activations.worksheet import ACTIVATION_WORDS
from pellucid.errors import DataError, DescriptionError
from pellucid.layers import LAYERS
from pellucid.losses import LOSSES
from pellucid.losses.worksheet import FUSED_WORDS, LOSS_WORDS
from pellucid.optimizers import OPTIMIZERS
from pellucid.optimizers.worksheet import OPTIMIZER_WORDS
from pellucid.views.worksheet.book import build_book, write_book


def xor(**options):
    net = Network([Input(2), Dense(2, activation="sigmoid"), Dense(1, activation="sigmoid")], seed=1, **options)
    net.compile("squared_error", {"kind": "sgd", "rate": 0.5})
    return net


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_every_activation_loss_and_optimizer_has_spreadsheet_words():
    assert [*ACTIVATION_WORDS, "softmax"] == ACTIVATIONS.names
    assert {*LOSS_WORDS, *FUSED_WORDS} == set(LOSSES.names)
    assert set(FUSED_WORDS) == {loss.name for loss in LOSSES if loss.fused_with}
    assert list(OPTIMIZER_WORDS) == OPTIMIZERS.names


def test_the_cases_cover_all_of_them():
    used = {"activation": set(), "loss": set(), "optimizer": set(), "layer": set()}
    for case in CASES.values():
        net = case.make()
        used["loss"].add(net.loss.name)
        used["optimizer"].add(net.optimizer.name)
        for _, layer in net.layers:
            used["layer"].add(layer.kind)
            used["activation"].add(getattr(layer, "activation", ACTIVATIONS.get("identity")).name)
    from pellucid.views.worksheet.kinds import KINDS, UNCHANGED

    assert used["activation"] == set(ACTIVATIONS.names)
    assert used["loss"] == set(LOSSES.names)
    assert used["optimizer"] == set(OPTIMIZERS.names)
    assert used["layer"] == set(KINDS)
    assert {*KINDS, *UNCHANGED, "Input"} == set(LAYERS.names)


@pytest.mark.parametrize("name", ["xor adam", "12-3-2 momentum", "conv sgd"])
def test_the_numbers_are_those_of_the_trace(name):
    case = CASES[name]
    net = case.make()
    trace = net.trace(case.X, case.y)
    blocks = {block.name: block.values for block in build_book(net, case.X, case.y, case.steps).steps[0].blocks}
    assert blocks["cost"][0, 0] == pytest.approx(trace.cost, rel=1e-12)
    compared = 0
    for layer in trace:
        flat = {"z": layer.z, "a": layer.a, "z.delta": layer.delta}
        for quantity, values in flat.items():
            if f"{layer.name}.{quantity}" in blocks and values is not None:
                got = blocks[f"{layer.name}.{quantity}"]
                np.testing.assert_allclose(got, values.reshape(len(values), -1), rtol=1e-9, atol=1e-15)
                compared += 1
        for short, p in layer.parameters.items():
            for quantity, values in {"": p.value, ".gradient": p.gradient, ".new": p.new}.items():
                got = blocks[f"{layer.name}.{short}{quantity}"]
                wanted = values.reshape(-1, values.shape[-1]).T
                np.testing.assert_allclose(got, wanted, rtol=1e-9, atol=1e-15)
                compared += 1
    assert compared >= 12


def test_steps_are_those_of_fit(tmp_path):
    """The weights after the last step are those that as many epochs of full batches lead to, schedule included."""
    rate = {"kind": "exponential", "rate": 0.5, "factor": 0.5, "unit": "step"}
    net = xor(dtype="float64")
    net.compile("squared_error", {"kind": "adam", "rate": rate})
    before = net.snapshot().copy()
    last = build_book(net, *XOR, 3).steps[-1]
    assert (net.snapshot() == before).all()
    assert net.updates == 0
    net.fit(*XOR, epochs=3, batch_size=4, shuffle=False, verbose=0)
    for block in last.blocks:
        if block.role in ("weight", "bias"):
            wanted = net.weights[block.name]
            np.testing.assert_allclose(block.values, wanted.reshape(-1, wanted.shape[-1]).T, rtol=1e-12)
    cost = next(block for block in last.blocks if block.name == "cost")
    assert cost.values[0, 0] == pytest.approx(net.evaluate(*XOR)["loss"], rel=1e-12)


def test_a_float32_network_is_followed_in_float64():
    net = xor()
    book = build_book(net, *XOR)
    start = {block.name: block.values for block in book.start.blocks}
    assert (start["dense_1.weights"] == net.weights["dense_1.weights"].T.astype(float)).all()
    assert book.followed.network.dtype == "float64"


def test_a_workbook_has_names_frozen_panes_colours_and_no_macros():
    files = parts(write_book(build_book(xor(), *XOR, 2)))
    book = files["xl/workbook.xml"]
    assert re.findall(r'<sheet name="([^"]+)"', book) == [
        "Read me", "Start", "Start by Pellucid", "Step 1", "Step 1 by Pellucid", "Step 2", "Step 2 by Pellucid",
        "After", "After by Pellucid", "Check",
    ]  # fmt: skip
    assert book.count('state="hidden"') == 4
    names = dict(re.findall(r'<definedName name="([^"]+)"[^>]*>([^<]+)<', book))
    assert names["inputs"] == "Start!$B$20:$C$23"
    assert names["learning_rate_2"] == "Start!$B$4"
    assert names["tolerance"] == "Check!$B$5"
    assert {"dense_1_z", "dense_1_weights_gradient", "cost", "dense_2_weights_new"} <= set(names)
    step = files["xl/worksheets/sheet4.xml"]
    assert '<pane xSplit="1" ySplit="2"' in step
    assert step.count("<conditionalFormatting") == 1
    assert 'fullCalcOnLoad="1"' in book
    assert not [name for name in files if "vba" in name.lower() or "macro" in name.lower()]


def test_the_same_worksheet_has_the_same_bytes():
    assert write_book(build_book(xor(), *XOR)) == write_book(build_book(xor(), *XOR))


def test_stored_numbers_are_the_engines_so_that_viewers_show_them():
    book = build_book(xor(), *XOR)
    step = parts(write_book(book))["xl/worksheets/sheet4.xml"]
    cost = next(block for block in book.steps[0].blocks if block.name == "cost")
    found = re.search(r'<c r="B3"[^>]*><f>([^<]+)</f><v>([^<]+)</v>', step)
    assert found[1] == "SUM($M$20:$M$23)"
    assert float(found[2]) == pytest.approx(cost.values[0, 0], rel=1e-15)


def test_names_of_features_and_classes_stand_above_and_beside():
    net = Network([Input(2), Dense(2, activation="softmax")], seed=1)
    net.compile("cce", "sgd")
    net.feature_names = ("height", "weight")
    book = build_book(net, [[1.0, 2.0], [2.0, 1.0]], ["cat", "dog"])
    blocks = {block.name: block for block in book.steps[0].blocks}
    assert blocks["input"].column_names == blocks["dense_1.weights"].column_names == ("height", "weight")
    assert blocks["dense_1.a"].column_names == ("cat", "dog")
    assert blocks["dense_1.weights"].row_names == ("cat", "dog")
    assert net.class_names is None


def refused(layers, loss="mse", optimizer="sgd", X=((0.0, 1.0), (1.0, 0.0)), y=(0.0, 1.0), **how):
    net = Network([Input(2), *layers])
    net.compile(loss, optimizer)
    with pytest.raises(DescriptionError) as error:
        build_book(net, np.array(X), np.array(y), **how)
    return str(error.value)


def test_an_augmented_network_is_refused():
    net = Network([Input((4, 4, 1)), Augment(shift=1), Flatten(), Dense(1)])
    net.compile("mse", "sgd")
    with pytest.raises(DescriptionError) as error:
        build_book(net, np.zeros((2, 4, 4, 1)), np.array([0.0, 1.0]))
    assert str(error.value) == (
        'Layer 1 "augment_1" (Augment) changes pixels at random while training, which no spreadsheet formula shows. '
        "Train a network without it; a workbook that predicts (net.export) can have it."
    )


def test_a_worksheet_too_large_says_what_fits():
    X, y = np.zeros((800, 2)), np.zeros(800)
    assert refused([Dense(8), Dense(1)], X=X, y=y, steps=3) == (
        "A worksheet of 3 steps with 800 samples would have about 55,398 formulas; up to 50,000 fit. "
        "Give at most 721 samples (X[:721], y[:721]; --limit 721 in the terminal), or fewer steps."
    )
    assert refused([Dense(8), Dense(1)], steps=2000) == (
        "A worksheet of 2000 steps with 2 samples would have about 224,000 formulas; up to 50,000 fit. "
        "Use fewer steps, fewer samples, or a smaller network."
    )
    assert refused([Dense(9000), Dense(1)]) == (
        "A worksheet of 1 step with 2 samples would have about 108,016 formulas; up to 50,000 fit. "
        "Even one sample takes 90,009. Use a smaller network."
    )


def test_formulas_that_excel_would_not_take_are_refused():
    net = Network([Input((26, 26, 1)), Conv2D(1, 2), Flatten(), Dense(1)])
    net.compile("mse", "sgd")
    with pytest.raises(DescriptionError) as error:
        build_book(net, np.zeros((4, 26, 26, 1)), np.zeros(4))
    assert str(error.value) == (
        "The worksheet's cells for conv2d_1.weights.gradient would take formulas of 21,200 characters; Excel takes up "
        "to 8,192. Use smaller pictures, fewer filters, or fewer samples."
    )


def test_functions_that_excel_would_not_take_are_refused():
    net = Network([Input((16, 17, 2)), GlobalAvgPool2D(), Dense(1)])
    net.compile("mse", "sgd")
    with pytest.raises(DescriptionError) as error:
        build_book(net, np.zeros((1, 16, 17, 2)), np.zeros(1))
    assert str(error.value) == (
        "The worksheet would need a function of 272 ranges of cells; Excel takes up to 255. Use smaller pictures or "
        "smaller windows."
    )


def test_names_that_a_spreadsheet_cannot_tell_apart_are_refused():
    net = Network([Input(2), Dense(2, name="a b"), Dense(1, name="A_B")])
    net.compile("mse", "sgd")
    with pytest.raises(DescriptionError) as error:
        write_book(build_book(net, *XOR))
    assert str(error.value) == (
        'Two layers of the network would call their cells "A_B_weights". Give layers names that differ in more than '
        "case and punctuation."
    )


def test_another_ending_and_wrong_data_are_refused(tmp_path):
    with pytest.raises(DescriptionError) as error:
        xor().to_excel(tmp_path / "a.xls", *XOR)
    assert str(error.value) == f'{tmp_path / "a.xls"}: expected a file that ends with .xlsx, not ".xls".'
    with pytest.raises(DescriptionError) as error:
        xor().to_excel(tmp_path / "a.xlsx", *XOR, steps=0)
    assert str(error.value) == "steps must be a whole number of at least 1, got 0."
    with pytest.raises(DataError) as error:
        xor().to_excel(tmp_path / "a.xlsx", XOR[0], None)
    assert str(error.value) == "y: no targets were given. Give one for each row of X."
    with pytest.raises(DescriptionError, match="The network has no loss yet"):
        Network([Input(2), Dense(1)]).to_excel(tmp_path / "a.xlsx", *XOR)
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_a_worksheet(tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from pellucid.cli.app import app

    monkeypatch.chdir(tmp_path)
    net = Network([Input(12), Dense(3, activation="sigmoid"), Dense(2, activation="sigmoid")], name="small")
    net.compile("squared_error", {"kind": "sgd", "rate": 0.5})
    net.class_names = ("0", "1")
    net.save("model.pellucid")
    run = CliRunner().invoke(
        app,
        ["worksheet", "model.pellucid", "pictures-4x3", "--limit", "3", "--steps", "2", "--exercise", "-o", "w.xlsx"],
    )
    assert run.exit_code == 0, run.output
    size = (tmp_path / "w.xlsx").stat().st_size
    assert run.output == f"Written: w.xlsx (2 steps of 3 samples, {size / 1000:,.0f} kB)\n"
    content = (tmp_path / "w.xlsx").read_bytes()
    assert re.findall(r'<sheet name="(Exercise \d)"', parts(content)["xl/workbook.xml"]) == ["Exercise 1", "Exercise 2"]
    assert load("model.pellucid").updates == 0
    failed = CliRunner().invoke(app, ["worksheet", "model.pellucid", "digits", "-o", "w2.xlsx"])
    assert failed.exit_code == 1
    assert failed.output == (
        "Error: digits: a sample has the shape 8×8, but the network takes 12. Give data like those that it was trained "
        "on.\n"
    )
