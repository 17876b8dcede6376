"""Networks from scikit-learn's MLPClassifier and MLPRegressor."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.errors import DataError, DescriptionError
from pellucid.layers import Dense, Input
from pellucid.network import Network

ACTIVATIONS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softmax": "softmax"}
LOSSES = {"identity": "mean_squared_error", "sigmoid": "binary_crossentropy", "softmax": "categorical_crossentropy"}


def from_sklearn(mlp: Any, *, dtype: str | None = None, name: str = "network") -> Network:
    """The network of a trained ``MLPClassifier`` or ``MLPRegressor``.

    Parameters
    ----------
    mlp : MLPClassifier or MLPRegressor
        After ``fit``. Nothing but its attributes is read, so scikit-learn need not be installed.
    dtype : {"float32", "float64"}, optional
        The one that scikit-learn has computed with unless given.
    name : str
        For titles.

    Returns
    -------
    Network
        With the same outputs as ``predict_proba`` (for two classes: the second one's) or ``predict``, the names of
        classes and columns, and a loss and the optimizer to evaluate and to go on with; not scikit-learn's penalty.
        Classes that are numbers other than 0, 1, 2, … become names, ``"3"`` and ``"7"``.

    Raises
    ------
    DataError
        Something else was given, or it has not been trained.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neural_network import MLPClassifier
    >>> from pellucid import from_sklearn
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier((8,), max_iter=50, random_state=1, solver="lbfgs").fit(X, y)
    >>> net = from_sklearn(mlp)
    >>> net, bool((net.predict_classes(X) == mlp.predict(X)).all())
    (<Network network: 4 → 8 → 3, 67 parameters>, True)
    """
    kind = type(mlp).__name__
    if not all(hasattr(mlp, field) for field in ("hidden_layer_sizes", "activation", "get_params")):
        raise DataError(f"from_sklearn takes an MLPClassifier or an MLPRegressor, got {kind}.")
    if not hasattr(mlp, "coefs_"):
        raise DataError(f"This {kind} has not been trained. Call its fit(X, y) first.")
    for given in (mlp.activation, mlp.out_activation_):
        if given not in ACTIVATIONS:
            raise DataError(f'This {kind} has the activation "{given}". Known: {", ".join(ACTIVATIONS)}.')
    sizes = [weights.shape[1] for weights in mlp.coefs_]
    activations = [ACTIVATIONS[mlp.activation]] * (len(sizes) - 1) + [ACTIVATIONS[mlp.out_activation_]]
    layers = [Dense(units, f) for units, f in zip(sizes, activations, strict=True)]
    found = str(mlp.coefs_[0].dtype) if dtype is None else dtype
    try:
        net = Network([Input(mlp.coefs_[0].shape[0]), *layers], name=name, dtype=found)
    except DescriptionError as error:
        raise DataError(f"This {kind} cannot be a network. {error}") from error
    weights: dict[str, Any] = {}
    for (layer, _), w, b in zip(net.layers, mlp.coefs_, mlp.intercepts_, strict=True):
        weights |= {f"{layer}.weights": w, f"{layer}.bias": b}
    net.set_weights(weights)
    net.compile(LOSSES[activations[-1]], _optimizer(mlp), metrics=["accuracy"] if hasattr(mlp, "classes_") else [])
    net.feature_names = tuple(map(str, mlp.feature_names_in_)) if hasattr(mlp, "feature_names_in_") else None
    net.class_names = _classes(mlp)
    return net


def _optimizer(mlp: Any) -> dict[str, Any]:
    """The solver; lbfgs, which Pellucid has not, becomes Adam."""
    if mlp.solver == "sgd":
        name = "nesterov" if mlp.nesterovs_momentum else "momentum"
        return {"kind": name, "rate": float(mlp.learning_rate_init), "momentum": float(mlp.momentum)}
    betas = {"beta_1": float(mlp.beta_1), "beta_2": float(mlp.beta_2), "epsilon": float(mlp.epsilon)}
    return {"kind": "adam", "rate": float(mlp.learning_rate_init)} | betas


def _classes(mlp: Any) -> tuple[str, ...] | None:
    """Names of classes; None where they are 0, 1, 2, … in order, or where a sample may belong to several."""
    classes = getattr(mlp, "classes_", None)
    several = classes is not None and mlp.out_activation_ == "logistic" and mlp.n_outputs_ > 1
    if classes is None or several:
        return None
    classes = np.asarray(classes)
    if classes.dtype.kind in "iub" and (classes == np.arange(len(classes))).all() and classes.dtype != bool:
        return None
    return tuple(str(one) for one in classes.tolist())
