"""ONNX models that take a table's raw columns: they predict what ``net.predict`` says of the same rows."""

import json
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from formats import BATCHES, BOUND, assert_same
from random_tables import SEEDS, answers, days, network, numbers, table, with_gaps, words

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from pellucid import Dense, Input, Network, from_onnx  # noqa: E402
from pellucid.errors import DataError, DescriptionError, ModelFileError  # noqa: E402
from pellucid.exchange.onnx.write import build  # noqa: E402
from pellucid.tables import TablePreparation  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
runtime.set_default_logger_severity(3)


def session(model):
    return runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])


def feed(session, frame):
    """A table as the model takes it, by the types and texts that the model itself tells."""
    takes = {one["input"]: one for one in json.loads(session.get_modelmeta().custom_metadata_map["columns"])}
    return {one.name: cells(frame[takes[one.name]["column"]], takes[one.name]) for one in session.get_inputs()}


def cells(column, about):
    if about["type"] == "string":
        return column.cast(pl.String).fill_null("").to_numpy().astype(object).reshape(-1, 1)
    if about["kind"] == "date":
        column = (column.str.to_date("%d.%m.%Y") if column.dtype == pl.String else column).cast(pl.Datetime("us"))
        column = column.to_physical() / 86_400e6
    return column.cast(pl.Float64).fill_null(np.nan).to_numpy().reshape(-1, 1)


def predict(model, frame):
    opened = session(model)
    return opened.run(["output"], feed(opened, frame))[0]


# --- generated tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_generated_table_is_predicted_as_in_python(seed):
    train, others, marks = table(seed)
    net = network(train, missing=marks, dtype=("float32", "float64")[seed % 2])
    opened = session(build(net, 13 + seed % 10, net.dtype))
    for rows in (train, *(others[:size] for size in BATCHES)):
        assert_same(opened.run(["output"], feed(opened, rows))[0], net.predict(rows))


def test_the_generated_tables_have_everything():
    """All kinds, gaps, new values and marks are among the tables above."""
    found, said = set(), ""
    for seed in SEEDS:
        train, others, marks = table(seed)
        preparation = TablePreparation.fit(train, "y", missing=marks)
        found |= {(c.title, bool(c.gaps)) for c in preparation.columns}
        found |= {(c.title, "marks") for c in preparation.columns if c.name in marks}
        said += " ".join(preparation.remarks(others))
    kinds = {"number", "category", "text label", "yes/no", "date"}
    assert found >= {(kind, gaps) for kind in kinds for gaps in (True, False)} | {("constant", False)}
    assert found >= {("number", "marks"), ("category", "marks"), ("date", "marks")}
    assert "that training did not see" in said
    assert "training had no gaps there" in said


# --- real tables ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables():
    """The folder of tables that PELLUCID_DATA names, or ../shared/data beside the project."""
    folder = Path(os.environ.get("PELLUCID_DATA") or ROOT.parent / "shared" / "data") / "tables"
    if not folder.is_dir():
        if os.environ.get("PELLUCID_DATA"):
            pytest.fail(f"the test data are not at {folder}; set PELLUCID_DATA")
        pytest.skip(f"the test data are not at {folder}; set PELLUCID_DATA")
    return folder


def trained(frame, target, **how):
    net = network(frame, target, len(frame[target].unique()), **how)
    net.class_names = None
    net.compile("crossentropy", {"kind": "adam", "rate": 0.02})
    net.fit(frame, epochs=8, verbose=0, seed=1)
    return net


def test_pima(tables):
    frame = pl.read_csv(tables / "pima-indians-diabetes.csv", has_header=False)
    names = ["pregnancies", "glucose", "pressure", "skin", "insulin", "bmi", "pedigree", "age", "diabetes"]
    frame.columns = names
    frame = frame.with_columns(pl.Series("diabetes", np.array(["healthy", "ill"])[frame["diabetes"]]))
    net = trained(frame, "diabetes", missing={name: 0 for name in names[1:6]})
    model = build(net)
    assert [value.name for value in model.graph.input] == names[:8]
    assert np.abs(predict(model, frame) - net.predict(frame)).max() < BOUND
    classes = np.array(json.loads({e.key: e.value for e in model.metadata_props}["class_names"]))
    assert (classes[predict(model, frame).argmax(axis=1)] == np.array(net.predict_classes(frame))).all()


def test_iris(tables):
    frame = pl.read_csv(tables / "iris.csv", has_header=False)
    net = trained(frame, frame.columns[-1])
    assert np.abs(predict(build(net), frame) - net.predict(frame)).max() < BOUND
    assert len(set(net.predict_classes(frame))) == 3


# --- faults are seen ------------------------------------------------------------------------------------------------


def small(names=("size", "city", "ok", "built"), **how):
    rng = np.random.default_rng(7)
    columns = [with_gaps(numbers(rng, 60), rng, 0.2), words(4)(rng, 60), answers(rng, 60), days(rng, 60)]
    frame = pl.DataFrame(dict(zip(names, columns, strict=True)) | {"y": np.arange(60.0)})
    return network(frame, **how), frame


def number(model, name):
    (found,) = (t for t in model.graph.initializer if t.name == f"preparation.{name}")
    return found


def set_number(model, name, change):
    found = number(model, name)
    found.CopyFrom(onnx.numpy_helper.from_array(change(onnx.numpy_helper.to_array(found).copy()), found.name))


def encoder(model):
    return next(node for node in model.graph.node if node.op_type == "LabelEncoder")


def swap_codes(model):
    values = next(a for a in encoder(model).attribute if a.name == "values_int64s")
    values.ints[0], values.ints[1] = values.ints[1], values.ints[0]


FAULTS = {
    "median": lambda model: set_number(model, "middle", lambda a: a * 1.001 + 0.1),
    "scale": lambda model: set_number(model, "scale", lambda a: a * 1.01),
    "squash": lambda model: set_number(model, "far", lambda a: a / 2),
    "codes": swap_codes,
    "yes and no": lambda model: set_number(model, "answers", lambda a: a[::-1].copy()),
    "cycle": lambda model: set_number(model, "length", lambda a: a + 1),
    "order": lambda model: set_number(model, "inputs.places", lambda a: np.roll(a, 1)),
    "gaps": lambda model: set_number(model, "numbers.gaps.places", lambda a: a + 1),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_seen(fault, tmp_path):
    """By the comparison of predictions, and by import, which does not believe such a description."""
    net, frame = small()
    model = build(net)
    assert_same(predict(model, frame), net.predict(frame))
    FAULTS[fault](model)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        assert_same(predict(model, frame), net.predict(frame))
    (tmp_path / "n.onnx").write_bytes(model.SerializeToString())
    words = r"the graph is not what the description in the file says \(its nodes or numbers are others\)"
    with pytest.warns(UserWarning, match=words), pytest.raises(ModelFileError) as found:
        from_onnx(tmp_path / "n.onnx")
    names = '"size", "city", "ok", "built"'
    assert str(found.value) == f"{tmp_path / 'n.onnx'}: one input and one output are expected, but there are {names}."


# --- what is in the file, and what comes back -----------------------------------------------------------------------


@pytest.mark.parametrize("inside", [True, False])
def test_the_network_comes_back_with_its_preparation(inside, tmp_path):
    net, frame = small()
    (path,) = net.export(tmp_path / "n.onnx", preparation=inside)
    again = from_onnx(path)
    assert again.to_dict() == net.to_dict()
    assert (again.preparation, again.feature_names) == (net.preparation, net.feature_names)
    assert (again.predict(frame) == net.predict(frame)).all()
    assert build(again, preparation=inside) == build(net, preparation=inside)


def test_without_the_preparation_the_model_takes_prepared_rows():
    net, frame = small()
    model = build(net, preparation=False)
    assert [value.name for value in model.graph.input] == ["input"]
    assert "columns" not in {e.key for e in model.metadata_props}
    X = TablePreparation.from_dict(net.preparation).transform(frame)
    assert_same(session(model).run(None, {"input": X})[0], net.predict(frame))


def test_the_model_says_what_it_takes():
    model = build(small()[0])
    proto = onnx.TensorProto
    assert [(v.name, v.type.tensor_type.elem_type, v.doc_string) for v in model.graph.input] == [
        ("size", proto.DOUBLE, "a number; NaN where it is missing"),
        ("city", proto.STRING, "text without spaces around it; empty where it is missing"),
        ("ok", proto.STRING, "text without spaces around it; empty where it is missing"),
        ("built", proto.DOUBLE,
         "days since 1970-01-01, the time of day as a part of a day; NaN where it is missing"),
    ]  # fmt: skip
    shapes = [v.type.tensor_type.shape.dim for v in model.graph.input]
    assert [[size.dim_param or size.dim_value for size in shape] for shape in shapes] == [["N", 1]] * 4
    assert {(o.domain, o.version) for o in model.opset_import} == {("", 17), ("ai.onnx.ml", 2)}
    columns = json.loads({e.key: e.value for e in model.metadata_props}["columns"])
    assert columns[1] == {
        "input": "city", "column": "city", "kind": "category", "type": "string",
        "takes": "text without spaces around it; empty where it is missing",
        "values": ["wört 0", "wört 1", "wört 2", "wört 3"],
    }  # fmt: skip
    plain = pl.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]})
    assert [(o.domain, o.version) for o in build(network(plain)).opset_import] == [("", 17)]


def test_a_wide_table_needs_few_nodes():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({f"x{k}": rng.normal(size=30) for k in range(50)} | {"y": np.arange(30.0)})
    assert len(build(network(frame)).graph.node) < 20


def test_columns_may_be_called_as_the_models_own_values(tmp_path):
    names = ("output", "dense_1.weights", "preparation.numbers", "")
    net, frame = small(names)
    model = build(net)
    taken = ["column output", "column dense_1.weights", "column preparation.numbers", "column 4"]
    assert [value.name for value in model.graph.input] == taken
    assert_same(predict(model, frame), net.predict(frame))
    assert from_onnx(*net.export(tmp_path / "n.onnx")).preparation == net.preparation
    net, frame = small(("output", "column output", "input", "prepared"))
    assert [v.name for v in build(net).graph.input] == ["column output", "column column output", "input", "prepared"]
    assert_same(predict(build(net), frame), net.predict(frame))


def test_far_from_zero_no_digit_is_lost():
    """Times in seconds: as float32 they would be known to two minutes."""
    seconds = 1.7e9 + np.arange(50.0)
    frame = pl.DataFrame({"t": seconds, "y": seconds})
    net = network(frame)
    assert len(np.unique(predict(build(net), frame), axis=0)) == 50
    assert_same(predict(build(net), frame), net.predict(frame))


@pytest.mark.parametrize("mark", ["", "?", "NA", "n/a", "nan", "NULL"])
def test_text_for_a_gap_is_a_gap(mark):
    net, frame = small()
    rows = frame.with_columns(pl.lit(mark).alias("city"), pl.lit(mark).alias("ok"))
    assert_same(predict(build(net), rows), net.predict(rows))
    gaps = frame.with_columns(pl.lit(None, pl.String).alias("city"), pl.lit(None, pl.String).alias("ok"))
    assert_same(predict(build(net), rows), net.predict(gaps))


def test_a_preparation_that_is_not_the_networks_is_refused(tmp_path):
    net, _ = small()
    other = Network([Input(2), Dense(1)])
    other.preparation = net.preparation
    with pytest.raises(DataError) as found:
        other.export(tmp_path / "n.onnx")
    makes = len(net.feature_names)
    assert str(found.value) == (
        f"The table's preparation makes {makes} inputs, but the network takes (2,). Set net.preparation to the one "
        f"that it was trained with, or export with preparation=False."
    )
    assert list(tmp_path.iterdir()) == []
    assert [file.name for file in other.export(tmp_path / "n.onnx", preparation=False)] == ["n.onnx"]
    with pytest.raises(DescriptionError) as found:
        net.export(tmp_path / "m.onnx", preparation="no")
    assert str(found.value) == "preparation must be True or False, got 'no'."


def test_damaged_files_give_clean_errors(tmp_path):
    from test_onnx_damaged import mutations, try_all

    content = build(small()[0]).SerializeToString()
    read, refused, most = try_all(tmp_path / "m.onnx", mutations(content, 150, 3))
    assert read + refused == 150
    assert refused > 50
    assert most < 400e6
