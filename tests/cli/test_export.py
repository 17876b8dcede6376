"""pellucid export."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pellucid import Dense, Input, Network, load
from pellucid.exchange.table import FORMATS


@pytest.fixture
def model(here):
    net = Network([Input(2), Dense(3, "gelu"), Dense(2, "softmax")], name="little")
    net.class_names = ("a", "b")
    net.save("little.pellucid")
    return "little.pellucid"


@pytest.mark.parametrize(("to", "files"), [
    ("onnx", ["little.onnx"]), ("python", ["little.py", "test_little.py"]),
    ("c", ["little.c", "little.h", "test_little.c", "little_main.c"]),
])  # fmt: skip
def test_writes_each_format_beside_the_terminal(run, model, here, to, files):
    if to == "onnx":
        pytest.importorskip("onnx")
    done = run("export", model, "--to", to)
    assert done.exit_code == 0, done.stderr
    assert done.stdout.splitlines()[0] == f"Written   {', '.join(files)}"
    assert all((here / file).is_file() for file in files)


def test_every_format_is_in_the_help(run):
    text = run("export", "--help").stdout
    assert all(f"{row.name}: " in text for row in FORMATS.values())


def test_the_ending_says_the_format_and_options_are_passed_on(run, model, here):
    done = run("export", model, "--output", "n.py", "--weights", "beside")
    says = ["Written   n.py, test_n.py, n.npz", "Test      python test_n.py", "Use       python n.py samples.csv"]
    assert done.stdout.splitlines() == says
    subprocess.run([sys.executable, "test_n.py"], check=True, cwd=here)
    run("export", model, "--output", "n.c", "--function", "classify")
    assert "void classify(const float *input, float *output);" in (here / "n.h").read_text()


def test_onnx_of_an_asked_for_set_of_operators(run, model, here):
    onnx = pytest.importorskip("onnx")
    assert run("export", model, "--to", "onnx", "--opset", "20", "--dtype", "float64").exit_code == 0
    made = onnx.load(here / "little.onnx")
    assert [node.op_type for node in made.graph.node] == ["Gemm", "Gelu", "Gemm", "Softmax"]
    from pellucid import from_onnx

    assert from_onnx(here / "little.onnx").class_names == load(model).class_names


def test_a_run_folder_gives_its_name(run, here, flowers):
    assert run("train", "flowers.csv", "--output", "f", "--epochs", "1", "--quiet").exit_code == 0
    assert run("export", "f", "--to", "python").stdout.startswith("Written   f.py, test_f.py\n")
    assert run("export", "f/model.pellucid", "--to", "c").stdout.startswith("Written   f.c, f.h, test_f.c, f_main.c\n")


@pytest.mark.parametrize(("words", "code", "says"), [
    ([], 2, "say which format is meant: onnx, keras, torch, python, c, excel."),
    (["--to", "onyx"], 2, 'Unknown format "onyx". Did you mean "onnx"? Known: onnx, keras, torch, python, c, excel.'),
    (["--to", "python", "--opset", "13"], 1, 'Format "python" has no option "opset". It has: weights, samples.'),
    (["--output", "n.txt"], 1, "the ending does not say which format is meant."),
    (["--to", "c", "--output", "none/n.c"], 1, "cannot be written"),
])  # fmt: skip
def test_what_is_wrong_is_said(run, model, words, code, says):
    done = run("export", model, *words)
    assert done.exit_code == code
    assert says in " ".join(done.stderr.split())


def test_a_workbook_of_the_recipes_ensemble_takes_raw_rows(run, here, flowers):
    openpyxl = pytest.importorskip("openpyxl")
    assert run("train", "flowers.csv", "--output", "f", "--quiet").exit_code == 0
    assert load("f/model.pellucid").layers[-1][1].kind == "Ensemble"
    done = run("export", "f", "--to", "excel")
    assert (done.exit_code, done.stdout) == (
        0, "Written   f.xlsx\nUse       open it in Excel or LibreOffice; its first sheet says how\n"
    )  # fmt: skip
    book = openpyxl.load_workbook(here / "f.xlsx")
    assert book.sheetnames[:2] == ["Read me", "Rows"]
    heads = [book["Rows"].cell(5, column).value for column in range(2, 8)]
    assert heads == ["width", "height", "predicted", "p(lily)", "p(rose)", "p(tulip)"]


def test_onnx_of_a_table_takes_raw_columns_unless_told_otherwise(run, here, flowers):
    onnx = pytest.importorskip("onnx")
    assert run("train", "flowers.csv", "--output", "f", "--epochs", "1", "--quiet").exit_code == 0
    inputs = {}
    for options in ((), ("--preparation",), ("--no-preparation",)):
        done = run("export", "f", "--to", "onnx", *options)
        assert done.exit_code == 0, done.stderr
        inputs[options] = [value.name for value in onnx.load(here / "f.onnx").graph.input]
    columns = [c["name"] for c in load("f/model.pellucid").preparation["columns"] if c["kind"] != "dropped"]
    assert len(columns) > 1
    assert inputs == {(): columns, ("--preparation",): columns, ("--no-preparation",): ["input"]}
    refused = run("export", "f", "--to", "c", "--no-preparation")
    words = 'Format "c" has no option "preparation". It has: function, samples.'
    assert (refused.exit_code, words in " ".join(refused.stderr.split())) == (1, True)


def test_the_programs_that_are_named_predict_as_the_command_does(run, here, flowers):
    """As ``pellucid predict`` writes it; the flowers' own file has the target too, which is passed over."""
    assert run("train", "flowers.csv", "--output", "f", "--epochs", "1", "--quiet").exit_code == 0
    rows = [line.split(",") for line in run("predict", "f", "flowers.csv").stdout.splitlines()]
    wanted = [row[:1] + row[2:] for row in rows]  # without what is true
    for to in ("python", "c"):
        said = run("export", "f", "--to", to).stdout
        use = said.splitlines()[-1].removeprefix("Use       ")
        assert use == {
            "python": "python f.py table.csv", "c": "cc -std=c99 -O2 f.c f_main.c -lm -o f_main && ./f_main table.csv"
        }[to]  # fmt: skip
        if to == "c" and not shutil.which("cc"):
            continue
        done = subprocess.run(
            use.replace("table.csv", "flowers.csv"), shell=True, cwd=here, capture_output=True,
            env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        )  # fmt: skip
        found = [line.split(",") for line in done.stdout.decode().splitlines()]
        assert (found[0], [row[:2] for row in found]) == (wanted[0], [row[:2] for row in wanted])
        numbers = [np.array([row[2:] for row in table[1:]], float) for table in (found, wanted)]
        np.testing.assert_allclose(*numbers, atol=1e-5)


@pytest.mark.parametrize(("words", "back"), [
    (["--to", "keras"], "from_keras gets the preparation back"),
    (["--to", "torch"], "from_torch gets the preparation back"),
])  # fmt: skip
def test_formats_without_raw_columns_say_so(run, here, flowers, words, back):
    pytest.importorskip("h5py")
    assert run("train", "flowers.csv", "--output", "f", "--epochs", "1", "--quiet").exit_code == 0
    says = f"Inputs    prepared rows, not raw ones; {back}"
    assert run("export", "f", *words).stdout.splitlines()[1:] == [says]


def test_a_state_dict_alone_leaves_it_to_its_program(run, here, flowers):
    pytest.importorskip("torch")
    assert run("train", "flowers.csv", "--output", "f", "--epochs", "1", "--quiet").exit_code == 0
    said = run("export", "f", "--to", "torch", "--output", "n.pt").stdout.splitlines()
    assert said[1:] == ["Inputs    prepared rows, not raw ones; n_torch.py says how they are made"]
    assert "# Inputs are a table's columns, prepared as follows." in (here / "n_torch.py").read_text()


def test_a_network_without_a_table_takes_what_it_takes(run, model):
    pytest.importorskip("h5py")
    assert run("export", model, "--to", "keras").stdout.splitlines() == ["Written   little.keras"]
