"""Generated Python and C: their own tests, what they refuse, and names that would break a careless generator."""

import ctypes
import datetime
import re
import subprocess
import sys

import numpy as np
import polars
import pytest
from formats import FLAGS, assert_same, call_c, compiler, load_program

from pellucid import Conv2D, Dense, Embedding, Flatten, Input, Network, Residual
from pellucid.errors import DataError, DescriptionError
from pellucid.exchange.c.memory import lay_out
from pellucid.exchange.prepared import prepared_inputs
from pellucid.exchange.samples import draw
from pellucid.exchange.steps import steps
from pellucid.tables import TablePreparation

HOSTILE = 'a"""\n*/ b\\ ??/ // \'c\' {} %s é \0'


def network():
    net = Network([Input((4, 4, 1)), Conv2D(2, 3, activation="gelu"), Flatten(), Dense(3, "softmax")], seed=5)
    net.class_names = ("a", 'b"', "é?")
    return net


def run(*words, folder):
    return subprocess.run([str(word) for word in words], cwd=folder, capture_output=True, text=True)


def of_a_table():
    """A network that prepares a table's rows, with names that would break a careless comment."""
    kinds = [[1.5, None, 2.5, 4.0], ["no", HOSTILE, "no", "no"], ["a", "b*/", HOSTILE, "a"]]
    frame = polars.DataFrame({f"{k}{HOSTILE}": column for k, column in enumerate(kinds)} | {"y": [1.0, 2.0, 3.0, 4.0]})
    preparation = TablePreparation.fit(frame, "y")
    net = Network([Input(len(preparation.input_names)), Dense(2, "tanh")], seed=3)
    net.preparation, net.feature_names = preparation.to_dict(), preparation.input_names
    return net


def build_c(folder):
    made = run(compiler(), *FLAGS, "n.c", "test_n.c", "-lm", "-o", "n", folder=folder)
    assert (made.returncode, made.stderr) == (0, "")


def damage(file, start):
    """Change the first number after a text by a thousandth."""
    text = file.read_text()
    place = text.index(start) + len(start)
    number = re.compile(r"-?\d+\.\d+").search(text, place)
    file.write_text(text[: number.start()] + f"{float(number[0]) + 0.001:.7f}" + text[number.end() :])


def test_the_python_programs_test_passes_and_sees_a_changed_weight(tmp_path):
    written = network().export(tmp_path / "n.py")
    assert [file.name for file in written] == ["n.py", "test_n.py"]
    done = run(sys.executable, "-I", "test_n.py", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "5 samples: as the network predicted\n"), done.stderr
    damage(tmp_path / "n.py", 'W["dense_1_weights"]')
    done = run(sys.executable, "-I", "test_n.py", folder=tmp_path)
    assert done.returncode == 1
    assert "Not equal to tolerance" in done.stderr


def test_the_python_program_needs_numpy_alone(tmp_path):
    network().export(tmp_path / "n.py", weights="beside")
    code = "import sys, n, numpy; print(n.predict(numpy.zeros((2, 4, 4, 1))).shape, 'pellucid' in sys.modules)"
    done = run(sys.executable, "-c", code, folder=tmp_path)
    assert done.stdout == "(2, 3) False\n", done.stderr
    assert {file.name for file in tmp_path.iterdir()} >= {"n.py", "n.npz", "test_n.py"}


def test_the_python_program_refuses_other_shapes_and_codes(tmp_path):
    net = Network([Input(3), Embedding((2, 3), 2), Dense(1)])
    net.export(tmp_path / "n.py")
    program = load_program(tmp_path / "n.py")
    for X, words in (([[1.0, 2.0]], "Expected samples of shape (N, 3), got (1, 2)."), (
        [[0.0, 1.0, 3.0]], "Column 2: expected whole numbers from 0 to 2."), (
        [[0.0, 0.5, 1.0]], "Column 1: expected whole numbers from 0 to 1.")):  # fmt: skip
        with pytest.raises(ValueError) as found:
            program.predict(X)
        assert str(found.value) == words
    assert program.predict(np.zeros((0, 3))).shape == (0, 1)


@pytest.mark.parametrize(("units", "f", "names"), [(3, "softmax", ("a", "b", "c")), (1, "sigmoid", ("no", "yes")),
                                                   (4, "softmax", ("a", "b"))])  # fmt: skip
def test_the_python_program_tells_classes(units, f, names, tmp_path):
    net = Network([Input(2), Dense(units, f)], seed=4)
    net.class_names = names
    net.export(tmp_path / "n.py")
    X = draw(net, 33)
    assert load_program(tmp_path / "n.py").predict_classes(X).tolist() == net.predict_classes(X).tolist()


@pytest.mark.parametrize(("f", "loss", "middle"), [("sigmoid", "binary_crossentropy", 0.5), ("tanh", "hinge", 0.0)])
def test_an_answer_in_the_middle_is_the_first_class(f, loss, middle, tmp_path):
    """Of two classes with one output, in both programs as in the network."""
    net = Network([Input(2), Dense(1, f)], seed=4)
    net.compile(loss, "sgd")
    net.set_weights({name: 0.0 * array for name, array in net.weights.items()})
    net.class_names, X = ("first", "second"), np.ones((2, 2))
    net.export(tmp_path / "n.py")
    net.export(tmp_path / "n.c")
    assert (net.predict(X) == middle).all()
    assert net.predict_classes(X).tolist() == ["first", "first"]
    assert load_program(tmp_path / "n.py").predict_classes(X).tolist() == ["first", "first"]
    assert f"return output[0] > {middle}f;" in (tmp_path / "n.c").read_text()


def test_the_python_program_ends_in_silence_when_its_reader_has_had_enough(tmp_path):
    """As in ``python n.py samples.csv | head -1``."""
    network().export(tmp_path / "n.py")
    np.savetxt(tmp_path / "samples.csv", np.ones((6000, 16)), delimiter=",")  # answers beyond what a pipe holds
    command = [sys.executable, "-I", "n.py", "samples.csv"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        assert program.stdout.readline() == b'row,predicted,p(a),"p(b"")",p(\xc3\xa9?)\n'
        program.stdout.close()
        said = program.stderr.read()
    assert (program.returncode, said) == (0, b"")


def test_the_c_programs_test_passes_and_sees_a_changed_weight(tmp_path):
    written = network().export(tmp_path / "n.c")
    assert [file.name for file in written] == ["n.c", "n.h", "test_n.c", "n_main.c"]
    build_c(tmp_path)
    done = run("./n", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, "5 samples: as the network predicted\n")
    damage(tmp_path / "n.c", "dense_1_weights[24]")
    build_c(tmp_path)
    done = run("./n", folder=tmp_path)
    assert done.returncode == 1
    assert re.match(r"sample \d, output \d: \S+ instead of \S+\n", done.stdout)


def test_the_c_program_allocates_nothing(tmp_path):
    network().export(tmp_path / "n.c")
    text = (tmp_path / "n.c").read_text()
    assert "alloc" not in text
    assert set(re.findall(r"#include (\S+)", text)) == {"<math.h>", "<stddef.h>", "<string.h>", '"n.h"'}


def test_names_may_be_anything(tmp_path):
    layers = [Dense(3, name=HOSTILE), Residual([Dense(3, name="for")], name="int"), Dense(2, name="x")]
    net = Network([Input(2), *layers], name=HOSTILE)
    net.class_names, net.feature_names = (HOSTILE, "\\"), ("'", HOSTILE)
    X = draw(net, 3)
    net.export(tmp_path / "n.py")
    program = load_program(tmp_path / "n.py")
    assert_same(program.predict(X), net.predict(X))
    assert (net.class_names, net.feature_names) == (program.CLASS_NAMES, program.FEATURE_NAMES)
    assert run(sys.executable, "test_n.py", folder=tmp_path).returncode == 0
    net.export(tmp_path / "n.c")
    build_c(tmp_path)
    assert run("./n", folder=tmp_path).returncode == 0
    run(compiler(), "-shared", "-fPIC", "n.c", "-lm", "-o", "n.so", folder=tmp_path)
    names = (ctypes.c_char_p * 2).in_dll(ctypes.CDLL(tmp_path / "n.so"), "predict_class_names")
    assert names[1].decode() == "\\"
    assert names[0].decode() == HOSTILE.partition("\0")[0]


def test_several_networks_fit_into_one_c_program(tmp_path):
    nets = [Network([Input(2), Dense(2)], seed=k) for k in range(2)]
    for k, net in enumerate(nets):
        net.export(tmp_path / f"n{k}.c", function=f"net_{k}")
    run(compiler(), *FLAGS, "-shared", "-fPIC", "n0.c", "n1.c", "-lm", "-o", "n.so", folder=tmp_path)
    for k, net in enumerate(nets):
        assert_same(call_c(ctypes.CDLL(tmp_path / "n.so")[f"net_{k}"], net, draw(net, 2)), net.predict(draw(net, 2)))


@pytest.mark.parametrize(("to", "options", "words"), [
    ("python", {"weights": "here"}, 'weights must be "inside" or "beside", got \'here\'.'),
    ("c", {"function": "1x"}, "function must be a name in C that is not taken, such as \"predict\", got '1x'."),
    ("c", {"function": "dense"}, "function must be a name in C that is not taken, such as \"predict\", got 'dense'."),
    ("c", {"function": "for"}, "function must be a name in C that is not taken, such as \"predict\", got 'for'."),
    ("c", {"weights": "here"}, 'Format "c" has no option "weights". It has: function, samples.'),
    ("rust", {}, 'Unknown format "rust". Known: onnx, keras, torch, python, c, excel.'),
    (None, {}, 'the ending does not say which format is meant. Known endings: .onnx ("onnx"), .keras ("keras"), '
               '.safetensors ("torch"), .py ("python"), .c ("c"), .xlsx ("excel"); or give to="onnx".'),
])  # fmt: skip
def test_options_that_are_not_known(to, options, words, tmp_path):
    with pytest.raises(DescriptionError) as found:
        network().export(tmp_path / "n.txt", to, **options)
    assert str(found.value) == (f"{tmp_path / 'n.txt'}: {words}" if to is None else words)
    assert list(tmp_path.iterdir()) == []


def test_samples_of_ones_own(tmp_path):
    net, X = network(), np.full((2, 4, 4, 1), 0.25)
    net.export(tmp_path / "n.py", samples=X)
    test = load_program(tmp_path / "test_n.py")
    assert (test.X == X).all()
    assert (net.predict(X) == test.EXPECTED).all()
    with pytest.raises(DataError) as found:
        net.export(tmp_path / "n.c", samples=X[:0])
    assert str(found.value) == "samples: give at least one row, so that there is something to compare."
    for given, words in (
        ("rows.csv", "samples: expected an array, a list or a table, got 'rows.csv'."),
        (X[:, :3], "samples: expected shape (n, 4, 4, 1), got (2, 3, 4, 1). Give data of the network's input shape, or "
         "a network with the input shape (3, 4, 1)."),
    ):  # fmt: skip
        with pytest.raises(DataError) as found:
            net.export(tmp_path / "n.py", samples=given)
        assert str(found.value) == words


def overlaps(listed, output, memory):
    """Steps that would write over what a later one still reads."""
    found, holds = [], {}
    for step in listed:
        for name in step.inputs:
            if name in memory.place and holds[memory.place[name]] != whole(listed, name):
                found.append((step.output, name))
        if step.op != "Reshape":
            holds[memory.place[step.output]] = step.output
    if output in memory.place and holds[memory.place[output]] != whole(listed, output):
        found.append(("end", output))
    return found


def whole(listed, name):
    """The value that a reshaped one is a view of."""
    made = {step.output: step for step in listed}
    while name in made and made[name].op == "Reshape":
        name = made[name].inputs[0]
    return name


def test_buffers_are_used_again_but_not_too_early():
    block = Residual([Dense(4, "tanh"), Residual([Dense(4, "relu")], [Dense(4)])], [Dense(4)])
    listed, output = steps(Network([Input(3), Dense(4, "relu"), block, block, Dense(2, "softmax")]))
    memory = lay_out(listed, output)
    assert overlaps(listed, output, memory) == []
    assert len(memory.sizes) <= 5 < len(listed)
    memory.place = dict.fromkeys(memory.place, 0)
    assert overlaps(listed, output, memory) != []


def test_torchs_program_says_how_its_inputs_are_made(tmp_path):
    """A line or more for each input, over which Python does not stumble."""
    net = of_a_table()
    lines = prepared_inputs(net)
    numbered = [line for line in lines if re.match(r"\d+: ", line)]
    assert [int(line.partition(":")[0]) for line in numbered] == list(range(net.input_shape[0]))
    assert all(line.isascii() and "*/" not in line and "??" not in line for line in lines)
    _, program = net.export(tmp_path / "n.safetensors")
    text = program.read_text()
    assert "".join(f"# {line}\n" for line in lines) in text
    compile(text, "n_torch.py", "exec")
    assert prepared_inputs(network()) == []


def test_a_tables_columns_may_be_called_anything(tmp_path):
    net = of_a_table()
    net.export(tmp_path / "n.py")
    net.export(tmp_path / "n.c")
    assert run(sys.executable, "-I", "test_n.py", folder=tmp_path).returncode == 0
    build_c(tmp_path)
    assert run("./n", folder=tmp_path).returncode == 0
    made = run(compiler(), *FLAGS, "n.c", "n_main.c", "-lm", "-o", "n", folder=tmp_path)
    assert (made.returncode, made.stderr) == (0, "")


def test_what_a_program_says_of_its_inputs_is_what_they_are():
    """Each line is of its input's column; formulas are computed as they stand there."""
    days = [datetime.date(2024, 1, 1) + datetime.timedelta(7 * k) for k in range(60)]
    columns = {"code": [f"c{k % 15}" for k in range(60)], "x": [k**2 / 7 for k in range(60)], "day": days}
    frame = polars.DataFrame(columns | {"few": ["a", "b", "c"] * 20, "lift": ["no", "yes"] * 30, "y": range(60)})
    preparation = TablePreparation.fit(frame, "y")
    net = Network([Input(len(preparation.input_names)), preparation.embedding(), Dense(1)])
    net.preparation = preparation.to_dict()
    numbered = [line for line in prepared_inputs(net)[1:] if not line.startswith("   ")]
    assert [line.split('"')[1] for line in numbered] == list(preparation.input_columns)
    names = {"sin": np.sin, "cos": np.cos, "squash": lambda z: z / np.sqrt(1 + (z / 8) ** 2)}
    names |= {"x": np.array(columns["x"]), "d": np.array([(day - datetime.date(1970, 1, 1)).days for day in days])}
    X, computed = preparation.transform(frame), 0
    for k, line in enumerate(numbered):
        formula = re.search(r"(squash|sin|cos)\(.*\)(?=[,;])", line)
        if formula is not None:
            text = formula[0].replace("2 pi d", "2 * np.pi * d")
            np.testing.assert_allclose(eval(text, names | {"np": np}), X[:, k], atol=1e-5)
            computed += 1
    assert computed == 2 + 2 * len(preparation.used[2].cycles) >= 4
    first = 'a code, 0 for what is not listed here, 1 where it is missing, 2 for "c0", 3 for "c1", 4 for "c10"'
    assert numbered[-1].startswith(f'{X.shape[1] - 1}: "code": {first}')
    yes = next(k for k, line in enumerate(numbered) if '0 for "no", 1 for "yes"' in line)
    assert X[:2, yes].tolist() == [0.0, 1.0]
