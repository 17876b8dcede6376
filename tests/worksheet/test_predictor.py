"""A workbook that predicts: LibreOffice recalculates it from scratch and says what the network says."""

import numpy as np
import polars
import pytest
from office import Recalculated, edit, needs_office, recalculate

from pellucid import (
    Augment,
    BatchNorm,
    Conv2D,
    Dense,
    DescriptionError,
    Dropout,
    Ensemble,
    Flatten,
    Input,
    LayerNorm,
    MaxPool2D,
    Network,
    Standardize,
    ensemble,
)
from pellucid.exchange.table import export
from pellucid.tables import TablePreparation, in_units
from pellucid.views.worksheet.predictor import build_predictor, write_predictor


def networks():
    picture = Network(
        [Input((6, 5, 1)), Augment(shift=1), Conv2D(2, 3, activation="leaky_relu"), MaxPool2D(2), Flatten(),
         Dropout(0.5), Dense(3, "softmax")], name="picture", seed=1,
    )  # fmt: skip
    picture.class_names = ("a", "b", "c")
    numbers = in_units(Network([Input(4), Dense(5, "gelu"), Dense(1)], name="numbers", seed=2), 50.0, 8.0)
    yes = Network([Input(3), Standardize(mean=[1, 2, 3], deviation=[2, 2, 2]), Dense(2, "tanh"), Dense(1, "sigmoid")],
                  name="yes", seed=3)  # fmt: skip
    yes.compile("binary_crossentropy", "adam")  # a compiled one, with a loss of its own
    yes.class_names = ("no", "yes")
    member = [BatchNorm(), Dense(4, "relu"), Dropout(0.5), Dense(3, "softmax")]
    several = Network([Input(5), Ensemble([[*member], [LayerNorm(), Dense(3, "softmax")]])], name="several", seed=4)
    normed = "ensemble_1.member_1.batchnorm_1"
    several.set_weights({f"{normed}.mean": [0.1, 0.2, -0.3, 0.0, 0.5], f"{normed}.variance": [1.0, 0.5, 2.0, 3.0, 0.1]})
    several.class_names = ("a", "b", "c")
    return [picture, numbers, yes, several]


def block_of(sheet, name):
    return next(block for block in sheet.blocks if block.name == name)


@needs_office
def test_recalculated_it_says_what_the_network_says_also_of_other_inputs(tmp_path):
    made = []
    for net in networks():
        X = np.random.default_rng(0).normal(size=(2, *net.input_shape))
        book = build_predictor(net, X)
        file, x = tmp_path / f"{net.name}.xlsx", block_of(book.start, "input")
        file.write_bytes(write_predictor(net, book))
        other = X.copy()
        other.reshape(2, -1)[1, 2] = 1.25
        made.append((net, book, file, X, "all agree"))
        changed = edit(file, f"{net.name}_changed", {("Start", str(x.cell(1, 2))): 1.25})
        made.append((net, book, changed, other, "numbers on Start were changed, so Pellucid's no longer apply"))
    out = recalculate([file for _, _, file, _, _ in made], tmp_path)
    for net, book, file, X, verdict in made:
        numbers, step = Recalculated(out, file), book.steps[0]
        found = numbers.block(step.blocks[-1])
        assert found == pytest.approx(net.predict(X), rel=1e-5, abs=1e-6), file.name
        assert numbers.text("Check", 2, 1) == verdict


@needs_office
def test_a_wrong_formula_is_seen(tmp_path):
    net = networks()[2]
    book = build_predictor(net, np.ones((1, 3)))
    file, z = tmp_path / "yes.xlsx", block_of(book.steps[0], "dense_1.z")
    file.write_bytes(write_predictor(net, book))
    wrong = edit(file, "wrong", {("Predict", str(z.cell())): f"=({z.formulas[0][0][1:]})*1.00000001"})
    numbers = Recalculated(recalculate([wrong], tmp_path), wrong)
    assert numbers.text("Check", 2, 1).endswith("numbers differ")


def test_export_writes_it_and_refuses_what_has_no_formulas(tmp_path):
    net = networks()[0]
    assert export(net, tmp_path / "net.xlsx") == (tmp_path / "net.xlsx",)
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(tmp_path / "net.xlsx")
    assert [name for name in book.sheetnames if book[name].sheet_state == "visible"] == [
        "Read me", "Start", "Predict", "Check",
    ]  # fmt: skip
    words = [str(cell.value) for row in book["Read me"].iter_rows() for cell in row if cell.value is not None]
    assert "augment_1, dropout_1: they act only while the network is trained" in words
    with pytest.raises(DescriptionError) as caught:
        export(net, tmp_path / "net.csv", "excel")
    assert str(caught.value) == f'{tmp_path / "net.csv"}: expected a file that ends with .xlsx, not ".csv".'
    with pytest.raises(DescriptionError) as caught:
        export(net, tmp_path / "large.xlsx", samples=np.zeros((400, 6, 5, 1)))
    assert str(caught.value) == (
        "A workbook of this network with 400 samples would have about 57,600 formulas; up to 50,000 fit. Give fewer "
        "samples, or use a smaller network."
    )
    with pytest.raises(DescriptionError) as caught:
        export(ensemble([Network([Input(300), Dense(400)])] * 2), tmp_path / "large.xlsx")
    assert str(caught.value) == (
        "A workbook of this network would have 240,800 weights and biases; up to 200,000 fit. Use a smaller network, "
        "such as one of its members, net.members()[0]."
    )
    assert sorted(file.name for file in tmp_path.iterdir()) == ["net.xlsx"]


def test_of_a_table_it_says_how_inputs_are_made(tmp_path):
    flats = polars.DataFrame({"rooms": [1, 2, 3, 4, 5], "price": [1.0, 2.0, 3.0, 4.0, 5.0]})
    net = Network([Input(1), Dense(1)], seed=1)
    net.preparation = TablePreparation.fit(flats, target="price").to_dict()
    net.feature_names = ("rooms",)
    export(net, tmp_path / "net.xlsx")
    openpyxl = pytest.importorskip("openpyxl")
    page = openpyxl.load_workbook(tmp_path / "net.xlsx")["Read me"]
    words = [str(cell.value) for row in page.iter_rows() for cell in row if cell.value is not None]
    assert words[words.index("rooms") + 1].startswith("number: (x − 3) / ")
