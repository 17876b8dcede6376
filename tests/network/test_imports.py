"""Who may import whom: read from the source for what stands in it, and asked of a fresh process for what is loaded."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pellucid

ROOT = Path(pellucid.__file__).parent
HEAVY = (
    "numba",
    "llvmlite",
    "sklearn",
    "matplotlib",
    "polars",
    "torch",
    "scipy",
    "rich",
    "typer",
    "safetensors",
    "PIL",
)
ENGINES = "pellucid.engines"


def imports(file):
    """The modules that a file imports anywhere, not counting those for type checkers alone."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    package = ["pellucid", *file.relative_to(ROOT).with_suffix("").parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: -node.level] if node.level else []
            yield ".".join([*base, *([node.module] if node.module else [])])


def sources(*patterns):
    found = sorted({file for pattern in patterns for file in ROOT.glob(pattern)})
    assert found, f"no file is called {patterns}"
    return found


def outsiders(file, allowed):
    """Packages that a file imports besides the standard library, Pellucid and those allowed."""
    tops = {name.partition(".")[0] for name in imports(file)}
    return sorted(tops - set(sys.stdlib_module_names) - {"pellucid"} - set(allowed))


PLAIN = ("network.py", "named.py", "errors.py", "elementary.py", "regularizers.py", "plan/*.py", "layers/**/spec.py",
         "layers/*.py", "activations/table.py", "activations/formulas.py", "losses/table.py", "losses/formulas.py",
         "optimizers/table.py", "optimizers/formulas.py", "schedules/*.py", "initializers/*.py")  # fmt: skip


def without_kernels(files):
    return [file for file in files if "kernels" not in file.name and "worksheet" not in file.name]


@pytest.mark.parametrize("file", without_kernels(sources(*PLAIN)), ids=lambda file: str(file.relative_to(ROOT)))
def test_descriptions_need_numpy_alone(file):
    assert outsiders(file, ["numpy"]) == []


@pytest.mark.parametrize(
    "file", sources("**/kernels.py", "layers/conv2d/gradients.py"), ids=lambda file: str(file.relative_to(ROOT))
)
def test_kernels_add_numba_alone(file):
    assert outsiders(file, ["numpy", "numba"]) == []


@pytest.mark.parametrize(
    "file", sources("views/**/*.py", "exchange/**/*.py", "record/**/*.py"), ids=lambda file: str(file.relative_to(ROOT))
)
def test_views_and_files_know_no_engine(file):
    assert [name for name in imports(file) if name.startswith(ENGINES)] == []


def outside_the_command():
    return [file for file in sources("**/*.py") if file.parent != ROOT / "cli" and file.name != "__main__.py"]


@pytest.mark.parametrize("file", outside_the_command(), ids=lambda file: str(file.relative_to(ROOT)))
def test_nothing_knows_the_command(file):
    assert [name for name in imports(file) if name.startswith("pellucid.cli")] == []


@pytest.mark.parametrize("file", sources("plan/**/*.py"), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_plan_sees_no_data_and_no_engine(file):
    behind = ("pellucid.engines", "pellucid.data", "pellucid.training", "pellucid.network", "pellucid.views")
    assert [name for name in imports(file) if name.startswith(behind)] == []


@pytest.mark.parametrize("file", sources("engines/**/*.py"), ids=lambda file: str(file.relative_to(ROOT)))
def test_the_engine_knows_no_file_format_and_no_view(file):
    behind = ("pellucid.record", "pellucid.data", "pellucid.training", "pellucid.network", "pellucid.views")
    assert [name for name in imports(file) if name.startswith(behind)] == []


@pytest.mark.parametrize("text", ["import scipy", "from numba import njit", "def f():\n    import torch.nn as nn"])
def test_a_planted_import_is_found(text, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    file = tmp_path / "spec.py"
    file.write_text(f"import math\nimport numpy as np\nfrom pellucid.errors import nearest\n{text}\n")
    assert len(outsiders(file, ["numpy"])) == 1
    file.write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch\nfrom . import base\n")
    assert outsiders(file, ["numpy"]) == []
    file.write_text("from pellucid.engines.cpu import compiler\n")
    assert [name for name in imports(file) if name.startswith(ENGINES)] == ["pellucid.engines.cpu"]


def loaded(code):
    """The heavy packages that a program has loaded at its end."""
    program = f"import sys\n{code}\nprint(*[name for name in {HEAVY!r} if sys.modules.get(name)])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_importing_pellucid_loads_nothing_heavy():
    assert loaded("import pellucid") == set()
    assert loaded("from pellucid import Dense, Dropout, Input, Network, activations, losses, optimizers") == set()


def test_describing_and_compiling_a_network_loads_nothing_heavy():
    code = (
        "from pellucid import Dense, Input, Network\n"
        "net = Network([Input(2), Dense(1)])\n"
        "net.compile('mse', 'adam', ['accuracy'])\n"
        "str(net.plan()), repr(net), net.to_dict()"
    )
    assert loaded(code) == set()


def test_training_in_silence_loads_llvm_alone():
    """Machine code from the cache needs LLVM's loader, not Numba. (The first run compiles.)"""
    code = (
        "from pellucid import Dense, Input, Network\n"
        "net = Network([Input(2), Dense(1)])\n"
        "net.compile('mse', 'sgd')\n"
        "net.fit([[0, 1], [1, 0]], [0, 1], verbose=0)\n"
        "net.predict([[0, 1]]), net.evaluate([[0, 1]], [0])"
    )
    loaded(code)
    assert loaded(code) == {"llvmlite"}
