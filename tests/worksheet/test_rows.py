"""A workbook that takes a table's raw rows: LibreOffice recalculates it and says what the network says of these."""

import math

import numpy as np
import polars as pl
import pytest
from office import Recalculated, edit, needs_office, recalculate
from random_tables import network, table

from pellucid import Dense, Input, Network
from pellucid.exchange.samples import take
from pellucid.exchange.table import export
from pellucid.tables import TablePreparation, read_table
from pellucid.views.worksheet.cells import Cell
from pellucid.views.worksheet.predictor import build_predictor, write_predictor
from pellucid.views.worksheet.rows import SIDE, TOP, Rows, as_typed

COUNT = 8


def of_seed(seed):
    """A network, rows of its table, and other ones for the same places."""
    train, others, marks = table(seed)
    units = 1 + seed % 3
    net = network(train, units=units, dtype="float64", missing=marks)
    net.class_names = {1: None, 2: ('no "doubt"', "{x}"), 3: ("a", "b", "c")}[units]
    if seed % 2 == 0:
        rest = pl.DataFrame({c.name: _marked(c.name, others, marks, k) for k, c in enumerate(_used(net))})
        others = others.with_columns(rest)
    others = as_typed(others)
    return net, others[:COUNT], others[COUNT : 2 * COUNT]


def _used(net):
    return TablePreparation.from_dict(net.preparation).used


def _marked(name, others, marks, place):
    """The column with a value that means a gap in one of its first rows."""
    column = others[name]
    if name not in marks or column.dtype != pl.String:
        return column
    return column.scatter(place % COUNT, marks[name])


def excel_changes(net, rows):
    """The cells of rows as they would be typed into the sheet."""
    sheet = Rows(TablePreparation.from_dict(net.preparation), take(net, rows).rows)
    return {
        ("Rows", str(Cell(TOP + s, SIDE + k))): float(cell) if isinstance(cell, (int, float)) else cell
        for s, row in enumerate(sheet.cells)
        for k, cell in enumerate(row)
        if cell is not None and not isinstance(cell, bool)
    }


def said(numbers, net):
    """The answers on the sheet, without the class: of one output the number, else each one."""
    width = len(_used(net))
    first = SIDE + width + (net.class_names is not None)
    rows = numbers.sheet("Rows")[TOP : TOP + COUNT]
    return np.array([[float(cell) for cell in row[first : first + net.output_units]] for row in rows])


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    folder, made = tmp_path_factory.mktemp("rows"), {}
    for seed in range(8):
        net, rows, others = of_seed(seed)
        taken = take(net, rows)
        file = folder / f"seed_{seed}.xlsx"
        file.write_bytes(write_predictor(net, build_predictor(net, taken.X, taken.rows)))
        made[seed] = net, rows, file
        filled = others.select([pl.col(name).fill_null(strategy="max") for name in others.columns])
        changes = excel_changes(net, filled)
        bools = [c.name for c in _used(net) if rows[c.name].dtype == pl.Boolean]
        filled = filled.with_columns([rows[name] for name in bools])  # these cells are left as they were
        made[f"{seed} changed"] = net, filled, edit(file, f"seed_{seed}_changed", changes)
    net, rows, file = made[3]
    inputs = build_predictor(net, take(net, rows).X, take(net, rows).rows).start.blocks[-1]
    fault = {("Start", str(inputs.cell())): f"=({inputs.formulas[0][0][1:]})*1.00000001"}
    made["fault"] = net, rows, edit(file, "fault", fault)
    out = recalculate([file for _, _, file in made.values()], folder)
    return {key: (net, rows, Recalculated(out, file)) for key, (net, rows, file) in made.items()}


@needs_office
@pytest.mark.parametrize("seed", range(8))
def test_rows_are_prepared_and_predicted_as_the_network_does(office, seed):
    net, rows, numbers = office[seed]
    assert said(numbers, net) == pytest.approx(net.predict(rows), rel=1e-9, abs=1e-12)
    if net.class_names is not None:
        chosen = [row[SIDE + len(_used(net))] for row in numbers.sheet("Rows")[TOP : TOP + COUNT]]
        assert chosen == net.predict_classes(rows).tolist()
    assert numbers.text("Check", 2, 1) == "all agree"
    assert numbers.text("Rows", 1, 0) == "all agree"


@needs_office
@pytest.mark.parametrize("seed", range(8))
def test_other_rows_may_be_written_over_them(office, seed):
    net, rows, numbers = office[f"{seed} changed"]
    assert said(numbers, net) == pytest.approx(net.predict(rows), rel=1e-9, abs=1e-12)
    assert numbers.text("Check", 2, 1) == "cells on Rows or Start were changed, so Pellucid's no longer apply"


@needs_office
def test_a_wrong_formula_of_an_input_is_seen(office):
    _, _, numbers = office["fault"]
    assert numbers.text("Check", 2, 1).endswith("numbers differ")
    assert next(row[:2] for row in numbers.sheet("Check")[7:] if row[5] == "differs") == ["Start", "input"]


def test_the_first_rows_are_usual_ones_in_few_digits(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    net, _, _ = of_seed(1)
    export(net, tmp_path / "net.xlsx")
    book = openpyxl.load_workbook(tmp_path / "net.xlsx")
    shown = [name for name in book.sheetnames if book[name].sheet_state == "visible"]
    assert [name for name in shown if name != "Values"] == ["Read me", "Rows", "Start", "Predict", "Check"]
    page, columns = book["Rows"], _used(net)
    for k, column in enumerate(columns):
        cells = [page.cell(TOP + 1 + s, SIDE + 1 + k).value for s in range(COUNT)]
        assert page.cell(TOP, SIDE + 1 + k).value == column.name
        assert None not in cells
        if column.kind == "number":
            digits = 2 - math.floor(math.log10(column.scale))
            assert [round(cell, digits) for cell in cells] == cells
    words = [str(cell.value) for row in book["Read me"].iter_rows() for cell in row]
    assert any(text.startswith("Write your own rows over those on Rows;") for text in words)


UNFIT = {
    "long": ("x" * 300, {}), "no letter": ("a\x01b", {}), "another line's end": ("a\rb", {}),
    "many marks": ("Paris", {"city": tuple(f"{k:0200}" for k in range(21))}),
}  # fmt: skip


@pytest.mark.parametrize("what", UNFIT)
def test_a_text_that_fits_into_no_formula_leaves_prepared_inputs(what, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    city, marks = UNFIT[what]
    frame = pl.DataFrame({"city": ["Rome", city, "Rome", "Oslo"] * 5, "y": np.arange(20.0)})
    preparation = TablePreparation.fit(frame, "y", missing=marks)
    net = Network([Input(len(preparation.input_names)), Dense(1)], seed=1)
    net.preparation = preparation.to_dict()
    export(net, tmp_path / "net.xlsx")
    book = openpyxl.load_workbook(tmp_path / "net.xlsx")
    assert "Rows" not in book.sheetnames
    words = [str(cell.value) for row in book["Read me"].iter_rows() for cell in row]
    assert any(text.startswith("Write your own numbers over the inputs on Start.") for text in words)


def simple(frame, **how):
    """A network of one output with the preparation of a table with the target y."""
    preparation = TablePreparation.fit(frame, "y", **how)
    net = Network([Input(len(preparation.input_names)), Dense(1, "sigmoid")], seed=1)
    net.preparation = preparation.to_dict()
    return net


def test_numbers_of_a_file_are_numbers_on_the_sheet(tmp_path):
    """Whatever their decimal sign."""
    openpyxl = pytest.importorskip("openpyxl")
    lines = [f"{k},25;c{k % 3};{k}\n" for k in range(40)]
    (tmp_path / "t.csv").write_text("size;code;y\n" + "".join(lines))
    (tmp_path / "few.csv").write_text("size;code\n1,5;c1\nNA;c2\n1234,5678901234567;\n")
    net = simple(read_table(tmp_path / "t.csv"))
    export(net, tmp_path / "net.xlsx", samples=tmp_path / "few.csv")
    page = openpyxl.load_workbook(tmp_path / "net.xlsx")["Rows"]
    cells = [[page.cell(TOP + 1 + s, SIDE + 1 + k).value for k in range(2)] for s in range(3)]
    assert cells == [[1.5, "c1"], [None, "c2"], [1234.56789012346, None]]


def test_a_mark_that_no_cell_holds_as_a_number_is_told_by_its_text():
    frame = pl.DataFrame({"size": [*map(str, range(30)), "inf", "-999"], "y": np.arange(32.0)})
    net = simple(frame, missing={"size": ("inf", "-999")})
    rows = Rows(TablePreparation.from_dict(net.preparation), frame[28:])
    assert rows.cells == [[28.0], [29.0], [None], [-999.0]]
    assert '"NULL","inf","-999"})' in rows.formula(0, 0)
    assert "={-999.0})" in rows.formula(0, 0)


@pytest.mark.parametrize(("names", "loss", "formula"), [
    (("a", "b"), None, 'IF(Predict!{}>0.5,"b","a")'), (("a", "b", "c"), None, 'IF(Predict!{}>0.5,"b","a")'),
    (("a",), None, 'IF(Predict!{}>0.5,"a","a")'), (("a", "b"), "hinge", 'IF(Predict!{}>0,"b","a")'),
])  # fmt: skip
def test_one_output_tells_the_first_two_classes_apart_as_the_network_does(names, loss, formula):
    frame = pl.DataFrame({"size": np.arange(30.0), "y": np.arange(30.0)})
    net = simple(frame)
    if loss is not None:
        net = Network([Input(1), Dense(1)])
        net.compile(loss, "sgd")
        net.preparation = simple(frame).preparation
    net.set_weights({key: 0.0 * array for key, array in net.weights.items()})  # in the middle: the first class
    net.class_names = names
    taken = take(net, frame[:2])
    said = build_predictor(net, taken.X, taken.rows).answers[0]
    cell = said.formulas[0].partition("!")[2].partition(">")[0]
    assert said.formulas[0] == formula.format(cell)
    assert said.values == net.predict_classes(frame[:2]).tolist()
