"""Machine code: compiled once, kept whole, and free of everything that only Numba's run time could give."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import kernels
import numpy as np
import pytest

import pellucid
from pellucid import Dense, Input, Network
from pellucid.engines.cpu import compiler

CHEAP = "pellucid.losses.kernels:batch_cost"
HERE = Path(__file__).parent


@pytest.fixture
def count(monkeypatch):
    """The names of the kernels that are compiled."""
    compiled, real = [], compiler._compile

    def watch(name, dtype):
        compiled.append((name, dtype))
        return real(name, dtype)

    monkeypatch.setattr(compiler, "_compile", watch)
    return compiled


@pytest.fixture
def empty_cache(monkeypatch, tmp_path):
    """A new cache folder, and nothing loaded."""
    monkeypatch.setattr(compiler, "_cache_folder", lambda: str(tmp_path))
    monkeypatch.setattr(compiler, "_loaded", {})
    return tmp_path


def run_small(cache, *blocked):
    """Run the small training in a process of its own; return (hash, whether Numba was imported, warnings)."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), "HOME": str(cache)}
    command = [sys.executable, str(HERE / "small.py"), *blocked]
    run = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    digest, numba = run.stdout.split()
    return digest, numba == "True", run.stderr


def fit(hidden, samples, inputs=3):
    net = Network([Input(inputs), Dense(hidden, activation="tanh"), Dense(2, activation="softmax")])
    net.compile("categorical_crossentropy", "adam", ["accuracy"])
    net.fit(np.ones((samples, inputs)) * np.arange(samples)[:, None], np.arange(samples) % 2, verbose=0)
    net.evaluate(np.ones((3, inputs)), [0, 1, 0])


def test_a_new_network_of_the_same_kinds_compiles_nothing(count):
    fit(4, 10)
    del count[:]
    for hidden, samples, inputs in ((7, 20, 3), (100, 5, 60), (1, 300, 1)):
        fit(hidden, samples, inputs)
    assert count == []


def test_another_activation_compiles_that_one_alone(count, empty_cache):
    fit(4, 10)
    first = len(count)
    net = Network([Input(3), Dense(4, activation="softsign"), Dense(2, activation="softmax")])
    net.compile("categorical_crossentropy", "adam")
    net.fit(np.eye(3), [0, 1, 1], verbose=0)
    kind = "pellucid.activations.table:Softsign"
    assert count[first:] == [
        (f"pellucid.activations.kernels:{way}/{kind}", "float32") for way in ("forward", "backward")
    ]
    assert len(list(empty_cache.glob("*.bin"))) == len(count)


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    """A cache folder after one small training on an empty one, and what that training gave."""
    cache = tmp_path_factory.mktemp("cache")
    digest, numba, warnings = run_small(cache)
    assert numba
    assert warnings == ""
    return cache, digest


def test_what_a_network_does_not_use_is_not_compiled(cold):
    found = sorted(file.name.rsplit("-", 1)[0] for file in (cold[0] / "pellucid" / "kernels").iterdir())
    assert found == [
        "activations-kernels-backward-Sigmoid-float32",
        "activations-kernels-forward-Sigmoid-float32",
        "engines-cpu-interpreter-interpret-int64",
        "engines-cpu-samples-give_outputs-float32",
        "engines-cpu-samples-take_features-float32",
        "engines-cpu-samples-take_targets-float32",
        "layers-dense-kernels-backward-float32",
        "layers-dense-kernels-forward-float32",
        "layers-dense-kernels-gradient-float32",
        "layers-dense-kernels-turn-float32",
        "losses-kernels-batch_cost-float32",
        "losses-kernels-unfused-MeanSquaredError-float32",
        "optimizers-kernels-update-SGD-float32",
    ]


def test_the_second_process_needs_no_numba(cold):
    """With Numba out of reach altogether the same bits come out."""
    cache, digest = cold
    assert run_small(cache) == (digest, False, "")
    assert run_small(cache, "numba") == (digest, False, "")


def test_a_cache_that_cannot_be_written_is_said_and_worked_around(cold, tmp_path):
    (tmp_path / "pellucid").write_text("a file where the folder should be")
    digest, numba, warnings = run_small(tmp_path)
    assert (digest, numba) == (cold[1], True)
    folder = tmp_path / "pellucid" / "kernels"
    expected = (
        f"{folder}: cannot be written (Not a directory); the engine's machine code is compiled again in every "
        f"process. Make that folder writable."
    )
    assert warnings.count("UserWarning: ") == 1
    assert f"UserWarning: {expected}\n" in warnings


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_kernel_needs_numbas_run_time(dtype):
    """Every kernel is loaded where Numba cannot be imported: a symbol that is not found would end the process."""
    names = [*kernels.formula_kernels(), *kernels.plain_kernels()]
    assert len(names) > 60
    compiler.addresses(names, dtype)
    symbols = set()
    for name in names:
        code = compiler._path(name, dtype).read_bytes()
        assert not any(prefix in code for prefix in (b"NRT_", b"numba_", b"PyErr_", b"PyGILState_", b"_Py_")), name
        symbols.add(code.split(b"\n", 3)[2])
    assert len(symbols) == len(names), "two kernels carry one symbol"
    program = (
        "import sys; sys.modules['numba'] = None\n"
        "from pellucid.engines.cpu import compiler\n"
        f"found = compiler.addresses({names!r}, {dtype!r})\n"
        "print(len(found), all(found.values()))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.split() == [str(len(names)), "True"], run.stderr


DAMAGE = {
    "truncated": lambda text: text[: len(text) // 2],
    "one byte": lambda text: text[:-100] + bytes([text[-100] ^ 1]) + text[-99:],
    "empty": lambda text: b"",
    "foreign": lambda text: b"<html>" * 100,
    "header alone": lambda text: compiler.MAGIC,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_compiled_again(damage, count, empty_cache):
    compiler.addresses([CHEAP], "float32")
    (file,) = empty_cache.iterdir()
    whole = file.read_bytes()
    compiler._loaded.clear()
    compiler.addresses([CHEAP], "float32")
    assert len(count) == 1, "a whole file is loaded"
    file.write_bytes(DAMAGE[damage](whole))
    compiler._loaded.clear()
    compiler.addresses([CHEAP], "float32")
    assert len(count) == 2
    assert [path.name for path in empty_cache.iterdir()] == [file.name]
    compiler._loaded.clear()
    compiler.addresses([CHEAP], "float32")
    assert len(count) == 2, "and the new one is whole"


def test_a_file_that_cannot_be_kept_is_said(empty_cache, monkeypatch):
    monkeypatch.setattr(compiler, "_path", lambda name, dtype: empty_cache / "gone" / "kernel.bin")
    words = (
        f"{empty_cache / 'gone'}: the engine's machine code could not be kept (No such file or directory); it will be "
        f"compiled again next time."
    )
    with pytest.warns(UserWarning, match=f"^{re.escape(words)}$"):
        assert compiler.addresses([CHEAP], "float32")[CHEAP] != 0


TANH = "pellucid.activations.kernels:forward/pellucid.activations.table:Tanh"
DENSE = "pellucid.layers.dense.kernels:gradient"


@pytest.mark.parametrize(
    ("kernel", "edited", "changes"),
    [(TANH, "pellucid.activations.formulas", True), (TANH, "pellucid.activations.kernels", True),
     (TANH, "pellucid.engines.cpu.lanes", True), (TANH, "pellucid.elementary", True),
     (TANH, "pellucid.losses.formulas", False), (TANH, "pellucid.engines.cpu.samples", False),
     (DENSE, "pellucid.engines.cpu.samples", True), (DENSE, "pellucid.activations.formulas", False)],
)  # fmt: skip
def test_an_edited_file_changes_the_names_of_what_is_made_from_it(kernel, edited, changes, tmp_path):
    """Asked of a copy of the package, before and after a comment is added to one of its files."""
    copy = tmp_path / "copy" / "pellucid"
    shutil.copytree(Path(pellucid.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    program = f"from pellucid.engines.cpu import compiler\nprint(compiler._path({kernel!r}, 'float32').name)"
    environment = {**os.environ, "PYTHONPATH": str(copy.parent), "XDG_CACHE_HOME": str(tmp_path)}

    def name():
        return subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
        ).stdout

    before = name()
    file = copy.joinpath(*edited.split(".")[1:]).with_suffix(".py")
    file.write_text(file.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    assert (name() != before) == changes


def imported(text):
    """The modules of the package that a module's text imports from."""
    return set(re.findall(r"^from (pellucid[\w.]*) import", text, re.MULTILINE))


def strangers(module, text):
    """What a module of kernels imports from that is not in the name of its machine code."""
    folder = module.rpartition(".")[0]
    known = {*compiler.COMMON, *compiler._engine_modules(module)}
    return {name for name in imported(text) - known if name.rpartition(".")[0] != folder}


def test_kernels_are_made_of_nothing_that_is_not_in_their_names():
    """A function from elsewhere could change, and the machine code that it is in would be run from an old file."""
    root = Path(pellucid.__file__).parent
    seen = 0
    for file in sorted(root.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if "import" in text and "pellucid.engines.cpu.lanes" in imported(text):
            module = ".".join(("pellucid", *file.relative_to(root).with_suffix("").parts))
            assert not strangers(module, text), module
            seen += 1
    assert seen > 15
    planted = "from pellucid.layers.dense.kernels import add_products\n"
    assert strangers("pellucid.losses.kernels", planted) == {"pellucid.layers.dense.kernels"}


def test_progress_is_told_of_what_is_compiled_and_of_nothing_else(empty_cache):
    told = []
    names = [CHEAP, "pellucid.optimizers.kernels:add_penalties"]
    compiler.addresses(names, "float32", lambda *all_: told.append(all_))
    assert told == [(0, 2, names[0]), (1, 2, names[1]), (2, 2, "")]
    del told[:]
    compiler.addresses(names, "float32", lambda *all_: told.append(all_))
    assert told == []
