"""The networks whose worksheets LibreOffice recalculates: every layer kind, activation, loss and optimizer."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle

import numpy as np

from pellucid import (
    Activation,
    AvgPool2D,
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Embedding,
    Ensemble,
    Flatten,
    GlobalAvgPool2D,
    Input,
    LayerNorm,
    MaxPool2D,
    Network,
    PiecewiseLinear,
    Reshape,
    Residual,
    Standardize,
)
from pellucid.activations.worksheet import ACTIVATION_WORDS
from pellucid.data import load_pictures_4x3
from pellucid.losses import LOSSES
from pellucid.losses.worksheet import FUSED_WORDS, LOSS_WORDS
from pellucid.optimizers.worksheet import OPTIMIZER_WORDS


@dataclass(frozen=True)
class Case:
    """A compiled network, data, and how many steps."""

    name: str
    make: Callable[[], Network]
    X: np.ndarray
    y: np.ndarray
    steps: int = 1
    sample_weight: np.ndarray | None = None
    fit: bool = False  # train it a little first


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def compiled(layers, loss, optimizer, seed=1, **options):
    def make():
        net = Network(layers, seed=seed, dtype="float64")
        net.compile(loss, optimizer, **options)
        return net

    return make


OPTIMIZERS = {
    "sgd": {"kind": "sgd", "rate": 0.5},
    "momentum": {"kind": "momentum", "rate": 0.2},
    "adam": {"kind": "adam", "rate": 0.05},
}
XOR = (np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float), np.array([0, 1, 1, 0]))
IMAGES = numbers(3, 2, 6, 6, 1)
PICTURES = load_pictures_4x3()
THREE = numbers(4, 5, 3), np.array([0, 1, 1, 0, 1])


def dense(*units, hidden="sigmoid", last="sigmoid"):
    inner = [Dense(n, activation=hidden) for n in units[1:-1]]
    return [Input(units[0]), *inner, Dense(units[-1], activation=last)]


CONV = [Input((6, 6, 1)), Conv2D(2, 3, activation="tanh"), MaxPool2D(2), Flatten(), Dense(2, activation="softmax")]
NETWORKS = {
    "2-2-1": (dense(2, 2, 1), "squared_error", numbers(5, 3, 2), np.array([0.1, 0.9, 0.4])),
    "3-4-2": (dense(3, 4, 2, last="softmax"), "categorical_crossentropy", *THREE),
    "12-3-2": (dense(12, 3, 2), "squared_error", PICTURES.X.reshape(-1, 12)[:6], PICTURES.y[:6]),
    "xor": (dense(2, 2, 1, hidden="tanh"), "binary_crossentropy", *XOR),
    "conv": (CONV, "categorical_crossentropy", IMAGES, np.array([0, 1])),
}


def of_networks():
    """Each of the five networks with each of the three optimizers."""
    for name, (layers, loss, X, y) in NETWORKS.items():
        for kind, optimizer in OPTIMIZERS.items():
            yield Case(f"{name} {kind}", compiled(layers, loss, optimizer), X, y, steps=1 if name == "conv" else 2)


def of_activations():
    """Each activation in a dense network and behind a convolution, a few in a network."""
    options = {"leaky_relu": {"slope": 0.2}, "elu": {"alpha": 0.7}}
    kinds = [{"kind": name, **options.get(name, {})} for name in [*ACTIVATION_WORDS, "softmax"]]
    kinds.sort(key=lambda f: f["kind"] != "step")  # no gradient passes a step, so it comes first
    for k in range(0, len(kinds), 3):
        some = kinds[k : k + 3]
        names = ", ".join(f["kind"] for f in some)
        layers = [Input(3), *(Dense(3, activation=f) for f in some), Dense(2)]
        yield Case(f"dense: {names}", compiled(layers, "mse", "sgd"), 1.5 * THREE[0], numbers(6, 5, 2))
        layers = [
            Input((3, 2, 1)),
            *(Conv2D(2, (1, 2), padding="same", activation=f) for f in some),
            Flatten(),
            Dense(1),
        ]
        yield Case(f"conv: {names}", compiled(layers, "mse", "sgd"), numbers(7, 2, 3, 2, 1), numbers(8, 2))


def of_losses():
    """Each loss, joined with its activation and apart from it, for labels and for numbers."""
    outputs = {"classes": "softmax", "binary": "sigmoid", "signs": "tanh", "values": "tanh"}
    labels, X = THREE[1], 2.0 * THREE[0]
    turn = cycle(OPTIMIZER_WORDS)  # and with them each optimizer, for two steps
    for name in dict.fromkeys([*LOSS_WORDS, *FUSED_WORDS]):
        loss = LOSSES.get(name)
        last = "step" if name == "perceptron" else outputs[loss.targets]
        y = numbers(9, 5, 2) if loss.targets == "values" else labels
        optimizer = next(turn)
        yield Case(f"{name}, {optimizer}", compiled(dense(3, 2, last=last), name, optimizer), X, y, steps=2)
        if name in LOSS_WORDS and name in FUSED_WORDS:
            yield Case(f"{name} apart", compiled(dense(3, 2, last=last), name, "sgd", fuse=False), X, y)
    smooth = {"label_smoothing": 0.1}
    for name, last in (("categorical_crossentropy", "softmax"), ("binary_crossentropy", "sigmoid")):
        yield Case(f"{name} smooth", compiled(dense(3, 2, last=last), {"kind": name, **smooth}, "sgd"), X, labels)
    yield Case("huber 0.3", compiled(dense(3, 1, last="identity"), {"kind": "huber", "delta": 0.3}, "sgd"), X, labels)
    yield Case("hard sigmoid", compiled(dense(3, 1, last="hard_sigmoid"), "bce", "sgd"), X, labels)
    yield Case("far out", compiled(dense(3, 1), "bce", "sgd"), 900.0 * X, labels)


def of_optimizers():
    """Every option that changes the update."""
    more = {
        "clip norm": {"kind": "momentum", "clip_norm": 0.01, "weight_decay": 0.1},
        "no clip": {"kind": "sgd", "clip_norm": 100.0},
        "clip value": {"kind": "adam", "rate": 0.1, "clip_value": 0.002},
        "decay": {"kind": "adamw", "weight_decay": 0.3, "rate": 0.1},
        "average": {"kind": "sgd", "rate": 0.5, "average": 0.25},
        "average of adam": {"kind": "adam", "rate": 0.1, "average": 0.99},
        "schedule": {"kind": "nesterov", "rate": {"kind": "exponential", "rate": 0.5, "factor": 0.5, "unit": "step"}},
    }
    for name, optimizer in more.items():
        yield Case(name, compiled(dense(2, 1), "squared_error", optimizer), *XOR, steps=3)
    penalties = [
        Input(2), Dense(3, "tanh", regularizer={"kind": "l1_l2", "l1": 0.02, "l2": 0.03}, bias_regularizer="l2"),
        Dense(1, regularizer={"kind": "l1", "l1": 0.1}),
    ]  # fmt: skip
    yield Case("penalties", compiled(penalties, "mse", "sgd"), *XOR, steps=2)
    yield Case("trained before", compiled(dense(2, 2, 1), "squared_error", "adam"), *XOR, steps=2, fit=True)
    weights = np.array([1.0, 2.0, 0.0, 0.5])
    yield Case("sample weights", compiled(dense(2, 1), "squared_error", "sgd"), *XOR, sample_weight=weights)
    yield Case("a total", compiled(dense(2, 1), "total_squared_error", "sgd"), *XOR, sample_weight=weights)


def of_layers():
    """Every way in which a window may stand, ties of a largest value, and the layers without weights."""
    X, y = numbers(10, 2, 5, 4, 2), np.array([0.3, -0.2])
    kinds = {
        "same border": [Conv2D(3, 3, stride=2, padding="same"), Conv2D(2, 2, padding="same"), Flatten()],
        "dilation": [Conv2D(2, 2), Conv2D(2, 2, dilation=2, bias=False), Flatten()],
        "groups": [Conv2D(4, 2, groups=2), Conv2D(4, (1, 2), groups=4), Flatten()],
        "average pooling": [Conv2D(2, 2, padding="same"), AvgPool2D(2, stride=1, padding="same"), Flatten()],
        "overlapping windows": [Conv2D(2, 2, activation="relu"), MaxPool2D(2, stride=1), Flatten()],
        "whole picture": [Conv2D(2, 2), GlobalAvgPool2D()],
        "no weights before": [MaxPool2D(2), Activation("tanh"), Flatten()],
        "other shapes": [Standardize(0.5, (2.0, 3.0)), Flatten(), Dense(6, bias=False), Standardize(-1.0, 0.5),
                         Reshape((3, 2)), Activation("softmax"), Flatten()],
    }  # fmt: skip
    for name, layers in kinds.items():
        yield Case(name, compiled([Input((5, 4, 2)), *layers, Dense(1)], "mse", "sgd"), X, y)
    ties = np.repeat(np.repeat(numbers(11, 2, 2, 2, 2), 2, 1), 2, 2)
    layers = [Input((4, 4, 2)), Conv2D(2, 1), MaxPool2D(2), MaxPool2D(2, stride=1), Flatten(), Dense(1)]
    yield Case("ties", compiled(layers, "mse", "sgd"), ties, y)


def joined():
    """Layers that look at a whole batch or a whole layer, that draw at random, or that have others within."""
    plain = Dense(4, "tanh", bias=False)
    return {
        "batch norm": [BatchNorm(), plain, BatchNorm(momentum=0.8, epsilon=1e-3), Dense(3, "relu"), Dense(1)],
        "layer norm": [Dense(4, "tanh"), LayerNorm(epsilon=1e-3), Dense(3), LayerNorm(), Dense(1)],
        "dropout": [Dropout(0.3), Dense(6, "relu"), Dropout(0.5), Dense(4), Dropout(0.0), Dense(1)],
        "residual": [
            Dense(4, "tanh"), Residual([Dense(4, "relu"), Dropout(0.4), Dense(4)], activation="tanh"),
            Residual([Residual([Activation("tanh"), Dense(4)]), Dense(2)], shortcut=[Dense(2, bias=False)]),
            Residual([Reshape((2,))]), Residual([Residual([Dense(2)])], shortcut=[Activation("tanh")]), Dense(1),
        ],
        "residual first": [Residual([Dense(3)], shortcut=[Activation("tanh"), Reshape((3,))]), Dense(1)],
        "ensemble": [
            Dense(3, "tanh"),
            Ensemble([[Dense(3, "tanh"), LayerNorm(), Dense(2)], [Dense(2)], [Flatten(), Dense(2)]], weights=[2, 1, 3]),
            Ensemble([[Ensemble([[Dense(1)], [Dense(2), Dense(1)]])], [Dense(1)]]),
        ],
        "pieces": [
            PiecewiseLinear([[-1, 0, 1], [0, 2], [-2, -1, 0.5, 1]]), Dense(3),
            PiecewiseLinear([[-1, 0, 1], [0, 2], [-2, -1, 0, 1, 2]]), Dense(1),
        ],
    }  # fmt: skip


def of_joined():
    """Each of them in a dense network, normalisations on pictures too, and an Embedding of two tables."""
    for name, layers in joined().items():
        optimizer = {"kind": "sgd", "rate": 0.1} if name == "batch norm" else {"kind": "adam", "rate": 0.05}
        yield Case(name, compiled([Input(3), *layers], "mse", optimizer), THREE[0], numbers(6, 5), steps=2)
    picture, y = numbers(10, 2, 5, 4, 2), np.array([0.3, -0.2])
    for name, norm in (("batch norm of pictures", BatchNorm()), ("layer norm of pictures", LayerNorm())):
        layers = [Input((5, 4, 2)), norm, Conv2D(3, 2, activation="tanh", bias=False), norm, Flatten(), Dense(1)]
        yield Case(name, compiled(layers, "mse", "sgd"), picture, y, steps=2)
    yield Case(
        "batch norm of one", compiled([Input(3), Dense(2, bias=False), BatchNorm(), Dense(1)], "mse", "sgd"),
        THREE[0][:1], np.array([0.5]),
    )  # fmt: skip
    codes = np.column_stack([numbers(12, 5, 2), [0, 1, 2, 1, 0], [3, 1, 0, 1, 1]])
    tables = Embedding([3, 4], [2, 3], regularizer={"kind": "l2", "l2": 0.02})
    yield Case("embedding", compiled([Input(4), tables, Dense(3, "tanh"), Dense(1)], "mse", "adam"), codes,
               numbers(6, 5), steps=2)  # fmt: skip
    members = Ensemble([[Dense(3, "tanh"), Dense(2, "softmax")], [LayerNorm(), Dense(2, "softmax")]])
    yield Case("ensemble of classes", compiled([Input(3), members], "categorical_crossentropy", "sgd"), *THREE)


CASES = {
    case.name: case
    for group in (of_networks(), of_activations(), of_losses(), of_optimizers(), of_layers(), of_joined())
    for case in group
}
