"""Pellucid: neural networks you can see through.

from pellucid import Dense, Input, Network

net = Network([Input(8), Dense(12, activation="relu"), Dense(1, activation="sigmoid")])
net.compile(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
net.fit(X, y, epochs=150, batch_size=10)
net.evaluate(X_test, y_test)
net.predict(X_new)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pellucid.distillation import distill as distill
    from pellucid.ensembles import ensemble as ensemble
    from pellucid.errors import DataError as DataError
    from pellucid.errors import DescriptionError as DescriptionError
    from pellucid.errors import DivergedError as DivergedError
    from pellucid.errors import ModelFileError as ModelFileError
    from pellucid.errors import PellucidError as PellucidError
    from pellucid.estimators import PellucidClassifier as PellucidClassifier
    from pellucid.estimators import PellucidRegressor as PellucidRegressor
    from pellucid.evaluation import cross_validate as cross_validate
    from pellucid.evaluation import evaluate_all as evaluate_all
    from pellucid.evaluation import permutation_importance as permutation_importance
    from pellucid.exchange.keras.read import from_keras as from_keras
    from pellucid.exchange.onnx.read import from_onnx as from_onnx
    from pellucid.exchange.sklearn import from_sklearn as from_sklearn
    from pellucid.exchange.torch.read import from_torch as from_torch
    from pellucid.exchange.torch.write import to_torch as to_torch
    from pellucid.layers import Activation as Activation
    from pellucid.layers import Augment as Augment
    from pellucid.layers import AvgPool2D as AvgPool2D
    from pellucid.layers import BatchNorm as BatchNorm
    from pellucid.layers import Conv2D as Conv2D
    from pellucid.layers import Dense as Dense
    from pellucid.layers import Dropout as Dropout
    from pellucid.layers import Embedding as Embedding
    from pellucid.layers import Ensemble as Ensemble
    from pellucid.layers import Flatten as Flatten
    from pellucid.layers import GlobalAvgPool2D as GlobalAvgPool2D
    from pellucid.layers import Input as Input
    from pellucid.layers import LayerNorm as LayerNorm
    from pellucid.layers import MaxPool2D as MaxPool2D
    from pellucid.layers import PiecewiseLinear as PiecewiseLinear
    from pellucid.layers import Reshape as Reshape
    from pellucid.layers import Residual as Residual
    from pellucid.layers import Standardize as Standardize
    from pellucid.look.scorer import Scorer as Scorer
    from pellucid.network import Network as Network
    from pellucid.recipes.raw import fit_table as fit_table
    from pellucid.record.model_file import load as load
    from pellucid.record.run import open_run as open_run
    from pellucid.training.keeper import CheckpointFolder as CheckpointFolder
    from pellucid.training.rate_finder import find_learning_rate as find_learning_rate
    from pellucid.training.resume import resume as resume

# The public names and where they live; each is imported when it is first asked for.
_PUBLIC = {
    "Network": "network",
    "load": "record.model_file",
    "distill": "distillation",
    "ensemble": "ensembles",
    "find_learning_rate": "training.rate_finder",
    "fit_table": "recipes.raw",
    "from_keras": "exchange.keras.read",
    "from_onnx": "exchange.onnx.read",
    "from_sklearn": "exchange.sklearn",
    "from_torch": "exchange.torch.read",
    "to_torch": "exchange.torch.write",
    "open_run": "record.run",
    "resume": "training.resume",
    "Scorer": "look.scorer",
    "CheckpointFolder": "training.keeper",
    **dict.fromkeys(
        [
            "Input",
            "Dense",
            "Conv2D",
            "MaxPool2D",
            "AvgPool2D",
            "GlobalAvgPool2D",
            "BatchNorm",
            "LayerNorm",
            "Activation",
            "Dropout",
            "Embedding",
            "Ensemble",
            "PiecewiseLinear",
            "Flatten",
            "Reshape",
            "Residual",
            "Standardize",
            "Augment",
        ],
        "layers",
    ),
    **dict.fromkeys(["PellucidClassifier", "PellucidRegressor"], "estimators"),
    **dict.fromkeys(["cross_validate", "evaluate_all", "permutation_importance"], "evaluation"),
    **dict.fromkeys(["PellucidError", "DataError", "DescriptionError", "DivergedError", "ModelFileError"], "errors"),
}
_MODULES = (
    "activations", "callbacks", "classic", "data", "initializers", "losses", "metrics", "models", "optimizers",
    "regularizers", "schedules",
)  # fmt: skip

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted([*_PUBLIC, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        found = getattr(importlib.import_module(f"pellucid.{_PUBLIC[name]}"), name)
    elif name in _MODULES:
        found = importlib.import_module(f"pellucid.{name}")
    else:
        raise AttributeError(f"module 'pellucid' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*_PUBLIC, *_MODULES, *(name for name in globals() if name.startswith("__"))})
