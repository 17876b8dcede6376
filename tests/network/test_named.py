"""Kinds that are imported when they are asked for: the lists are right and whole, and to need one imports one."""

import ast
import importlib
import inspect
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import pellucid
from pellucid import Dense, initializers, layers, metrics, schedules
from pellucid.errors import DescriptionError
from pellucid.metrics import METRICS, Metric
from pellucid.named import Kind, Named, Places, Table

ROOT = Path(pellucid.__file__).parent
TABLES = {
    "layers": (layers.LAYERS, "*/spec.py"),
    "metrics": (metrics.METRICS, "*.py"),
    "initializers": (initializers.INITIALIZERS, "*.py"),
    "schedules": (schedules.SCHEDULES, "*.py"),
}
LAZY = ["data", "evaluation", "views.diagram", *TABLES]


def wrong_places(places):
    """Kinds that are not where the list says, or are called otherwise."""
    found = []
    for name, place in places.places.items():
        try:
            kind = places[name]
        except (ImportError, AttributeError) as error:
            found.append(f"{name}: {error}")
            continue
        if f"{kind.__module__}.{kind.__name__}" != f"{places.package}.{place}":
            found.append(f"{name}: {place} is from {kind.__module__}")
        if kind.kind != name:
            found.append(f"{name}: {place} is called {kind.kind}")
    return found


def not_listed(places, pattern):
    """Kinds in the package's files that the list does not have."""
    folder = ROOT.joinpath(*places.package.split(".")[1:])
    found = []
    for file in sorted(folder.glob(pattern)):
        parts = file.relative_to(folder).with_suffix("").parts
        if parts[-1] == "__init__":
            continue
        module = importlib.import_module(".".join([places.package, *parts]))
        for name, kind in vars(module).items():
            own = inspect.isclass(kind) and issubclass(kind, Kind) and kind.__module__ == module.__name__
            if own and "kind" in vars(kind) and f"{'.'.join(parts)}.{name}" not in places.places.values():
                found.append(name)
    return found


@pytest.mark.parametrize("package", TABLES)
def test_every_kind_is_where_the_list_says(package):
    table, pattern = TABLES[package]
    assert wrong_places(table.kinds) == []
    assert not_listed(table.kinds, pattern) == []
    assert [kind.kind for kind in table] == table.names


@pytest.mark.parametrize(
    ("name", "place", "fault"),
    [
        ("dropout", "dropout.spec.Dropout", "dropout: dropout.spec.Dropout is called Dropout"),
        ("Dropout", "dropuot.spec.Dropout", "Dropout: No module named 'pellucid.layers.dropuot'"),
        ("Dropout", "dropout.spec.Drop",
         "Dropout: module 'pellucid.layers.dropout.spec' has no attribute 'Drop'"),
        ("Dropout", "dense.spec.Dense", "Dropout: dense.spec.Dense is called Dense"),
        ("AvgPool2D", "pool2d.worksheet.AvgPool2D",
         "AvgPool2D: pool2d.worksheet.AvgPool2D is from pellucid.layers.pool2d.spec"),
    ],
)  # fmt: skip
def test_a_wrong_place_is_found(name, place, fault):
    assert wrong_places(Places("pellucid.layers", {"Input": "input.spec.Input", name: place})) == [fault]


@pytest.mark.parametrize(
    ("package", "name", "missing"), [("layers", "Dropout", "Dropout"), ("metrics", "mae", "MeanAbsoluteError")]
)
def test_a_kind_that_is_not_listed_is_found(package, name, missing):
    table, pattern = TABLES[package]
    rest = {k: v for k, v in table.kinds.places.items() if k != name}
    assert not_listed(Places(table.kinds.package, rest), pattern) == [missing]


def typed(source):
    """The names that a package imports for type checkers alone, and the module within it that each is from."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            found |= {alias.asname: part.module for part in node.body for alias in part.names}
    return found


@pytest.mark.parametrize("name", LAZY)
def test_public_names_are_the_same_for_type_checkers(name):
    package = importlib.import_module(f"pellucid.{name}")
    places = {public: f"{package.__name__}.{module}" for public, module in package._PLACES.items()}
    assert typed(Path(package.__file__).read_text(encoding="utf-8")) == places
    assert set(package.__all__) >= set(places)
    assert set(dir(package)) >= set(package.__all__)
    for public in package.__all__:
        assert getattr(package, public).__class__ is not type(package), f"{public} is a module"
    with pytest.raises(AttributeError, match=rf"^module '{package.__name__}' has no attribute 'Dens'$"):
        package.Dens  # noqa: B018


def test_names_for_type_checkers_are_read():
    source = "if TYPE_CHECKING:\n    from pellucid.data.check import as_features as as_features\nimport os\n"
    assert typed(source) == {"as_features": "pellucid.data.check"}


def loaded(code):
    """Which of Pellucid's modules with kinds a program has loaded at its end."""
    program = f"import sys\n{code}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    found = {name.removeprefix("pellucid.") for name in run.stdout.splitlines()[-1].split()}
    return {place.rpartition(".")[0] for table, _ in TABLES.values() for place in in_full(table)} & found


def in_full(table):
    return [f"{table.kinds.package.removeprefix('pellucid.')}.{place}" for place in table.kinds.places.values()]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from pellucid.layers import LAYERS; LAYERS.names, 'Dense' in LAYERS.kinds", set()),
        ("from pellucid.layers import LAYERS; LAYERS.get('dropout')", {"layers.dropout.spec"}),
        ("from pellucid.metrics import METRICS; METRICS.get({'kind': 'roc_auc'})", {"metrics.ranking"}),
        ("from pellucid.metrics import METRICS, RocAuc; METRICS.get(RocAuc), METRICS.get(RocAuc())",
         {"metrics.ranking"}),
        ("from pellucid.metrics import METRICS; METRICS.get('auc')",
         {"metrics.accuracy", "metrics.ranking", "metrics.regression", "metrics.retrieval"}),
        ("import pellucid.metrics as m; list(m.METRICS)",
         {"metrics.accuracy", "metrics.ranking", "metrics.regression", "metrics.retrieval"}),
        ("from pellucid import Dense, Input, Network; Network([Input(2), Dense(1, 'relu')]).compile('mse', 'adam')",
         {"layers.input.spec", "layers.dense.spec", "initializers.constants", "initializers.scaled",
          "schedules.constant"}),
    ],
)  # fmt: skip
def test_to_need_a_kind_imports_it_alone(code, expected):
    assert loaded(code) == expected


def test_names_and_aliases_in_any_case_mean_the_same():
    for table, _ in TABLES.values():
        for kind in table:
            for name in (kind.kind, *kind.aliases):
                assert table._called(name.lower()) is kind
    assert METRICS.get("AUC") == METRICS.get("Roc_Auc") == metrics.RocAuc()


@dataclass(frozen=True)
class Other(Named):
    name = "roc_auc"


def test_what_is_not_of_the_table_is_refused():
    own = ", ".join(METRICS.names)
    with pytest.raises(DescriptionError) as caught:
        METRICS.get(Other())
    assert str(caught.value) == f"Other() is not a kind of metric. Known: {own}."
    with pytest.raises(DescriptionError) as caught:
        METRICS.get(Other)
    assert str(caught.value) == f'Unknown metric "{Other}". Known: {own}.'
    with pytest.raises(DescriptionError) as caught:
        METRICS.get(Metric)
    assert str(caught.value).startswith(f'Unknown metric "{Metric}".')
    with pytest.raises(DescriptionError) as caught:
        METRICS.get(Dense(1))
    assert str(caught.value) == f"{Dense(1)!r} is not a kind of metric. Known: {own}."
    with pytest.raises(DescriptionError) as caught:
        METRICS.get("auk")
    assert str(caught.value) == f'Unknown metric "auk". Did you mean "auc"? Known: {own}.'


def test_a_table_of_classes_is_a_table_all_the_same():
    table = Table("thing", [Other])
    assert (table.names, list(table), table.get("ROC_auc")) == (["roc_auc"], [Other], Other())
