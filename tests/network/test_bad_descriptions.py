"""Networks, losses and settings that cannot work: one clear error with the nearest name or the mend."""

import numpy as np
import pytest

from pellucid import Activation, Dense, DescriptionError, Dropout, Flatten, Input, Network

ACTIVATIONS = (
    "identity, step, sigmoid, hard_sigmoid, tanh, relu, leaky_relu, elu, selu, gelu, silu, softplus, softsign, softmax."
)
LOSSES = (
    "squared_error, total_squared_error, mean_squared_error, mean_absolute_error, huber, binary_crossentropy, "
    "categorical_crossentropy, hinge, kl_divergence, perceptron."
)
OPTIMIZERS = "gradient_descent, sgd, momentum, nesterov, rmsprop, adagrad, adam, adamw."


def refused(call):
    with pytest.raises(DescriptionError) as error:
        call()
    return str(error.value)


def compiled(activation="sigmoid", units=1, **how):
    net = Network([Input(3), Dense(units, activation=activation)])
    net.compile(**how)
    return net


def fit(**how):
    X, y = np.eye(3), [0, 1, 0]
    net = compiled(loss="binary_crossentropy", **{k: how.pop(k) for k in ("optimizer",) if k in how})
    before = net.parameters.copy()
    try:
        net.fit(X, y, **{"verbose": 0} | how)
    finally:
        assert np.array_equal(net.parameters, before)


CASES = {
    "an activation": (lambda: Dense(3, activation="rellu"),
        f'Unknown activation "rellu". Did you mean "relu"? Known: {ACTIVATIONS}'),
    "an activation far from any": (lambda: Dense(3, activation="qqq"),
        f'Unknown activation "qqq". Known: {ACTIVATIONS}'),
    "an option": (lambda: Dense(3, activation={"kind": "leaky_relu", "slop": 1}),
        'Activation "leaky_relu" has no option "slop". Did you mean "slope"? It has: slope.'),
    "an option where there is none": (lambda: Dense(3, activation={"kind": "relu", "slope": 1}),
        'Activation "relu" has no option "slope". It has no options.'),
    "an option's value": (lambda: Dense(3, activation={"kind": "elu", "alpha": np.nan}),
        'Activation "elu": alpha must be a number, got nan.'),
    "an initializer": (lambda: Dense(3, initializer="he_unifrm"),
        'Unknown initializer "he_unifrm". Did you mean "he_uniform"? Known: zeros, ones, constant, uniform, normal, '
        "glorot_uniform, glorot_normal, he_uniform, he_normal, lecun_uniform, lecun_normal, orthogonal."),
    "a regularizer": (lambda: Dense(3, regularizer="l3"),
        'Unknown regularizer "l3". Did you mean "l2"? Known: l1, l2, l1_l2.'),
    "a negative penalty": (lambda: Dense(3, regularizer={"kind": "l2", "l2": -1}),
        'Regularizer "l2": l2 must be 0 or a positive number, got -1.'),
    "units": (lambda: Dense(0), "Dense: units must be a whole number of at least 1, got 0."),
    "units that are not whole": (lambda: Dense(2.5), "Dense: units must be a whole number of at least 1, got 2.5."),
    "dropout": (lambda: Dropout(1.0), "Dropout: rate must be at least 0 and below 1, got 1.0."),
    "an input": (lambda: Input((3, 0)), "Input: every size of the shape must be a whole number of at least 1, got 0."),
    "no input": (lambda: Network([Dense(3)]),
        "A network starts with Input, which gives the shape of one sample: "
        "Network([Input(8), Dense(12, activation='relu'), …])."),
    "two inputs": (lambda: Network([Input(3), Input(3)]), "A network has one Input, its first entry."),
    "an input alone": (lambda: Network([Input(3)]),
        "A network has at least one layer after Input, for instance Dense(1)."),
    "a class for a layer": (lambda: Network([Input(3), Flatten]),
        "Entry 1 of the network is no layer: <class 'pellucid.layers.flatten.spec.Flatten'>. Write Flatten(…)."),
    "no list": (lambda: Network(5), "Network takes a list of layers, got 5. Write Network([Input(8), Dense(1)])."),
    "a picture without flatten": (lambda: Network([Input((4, 3)), Activation("relu"), Dense(2)]),
        'Layer 2 "dense_1" (Dense) takes one number for each input, but its input has shape 4 × 3. '
        "Put Flatten() before it."),
    "a name twice": (lambda: Network([Input(3), Dense(2, name="a"), Dense(2, name="a")]),
        'Layer name "a" is taken. Give every layer a name of its own.'),
    "a name with a dot": (lambda: Network([Input(3), Dense(2, name="a.b")]),
        'Layer name "a.b" must not be empty or contain a dot.'),
    "a name that is no text": (lambda: Network([Input(3), Dense(2, name=5)]), "A layer's name must be text, got 5."),
    "a type": (lambda: Network([Input(3), Dense(2)], dtype="float16"),
        "dtype must be \"float32\" or \"float64\", got 'float16'."),
    "a seed": (lambda: Network([Input(3), Dense(2)], seed=-1), "seed must be a whole number of at least 0, got -1."),
    "a loss": (lambda: compiled(loss="mean_square_error"),
        f'Unknown loss "mean_square_error". Did you mean "mean_squared_error"? Known: {LOSSES}'),
    "a loss by a misspelt alias": (lambda: compiled(loss="msee"),
        f'Unknown loss "msee". Did you mean "mse"? Known: {LOSSES}'),
    "an optimizer": (lambda: compiled(loss="mse", optimizer="adm"),
        f'Unknown optimizer "adm". Did you mean "adam"? Known: {OPTIMIZERS}'),
    "a rate": (lambda: compiled(loss="mse", optimizer={"kind": "adam", "rate": 0}),
        'Schedule "constant": rate must be a finite number above 0, not 0.0. Use rate=0.01, for instance.'),
    "a rate by its Keras name": (lambda: compiled(loss="mse", optimizer={"kind": "adam", "learning_rate": 0.1}),
        'Optimizer "adam" has no option "learning_rate". Did you mean "rate"? It has: rate, weight_decay, clip_norm, '
        "clip_value, average, beta_1, beta_2, epsilon."),
    "two clippings": (lambda: compiled(loss="mse", optimizer={"kind": "sgd", "clip_norm": 1, "clip_value": 1}),
        'Optimizer "sgd": give clip_norm or clip_value, not both.'),
    "a momentum": (lambda: compiled(loss="mse", optimizer={"kind": "momentum", "momentum": 1.0}),
        'Optimizer "momentum": momentum must be at least 0 and below 1, got 1.0.'),
    "a metric": (lambda: compiled(loss="mse", metrics=["acuracy"]),
        'Unknown metric "acuracy". Did you mean "accuracy"? Known: accuracy, top_k, precision, recall, f1, roc_auc, '
        "mse, mae, r2."),
    "softmax with binary crossentropy": (lambda: compiled("softmax", 2, loss="binary_crossentropy"),
        'Loss "binary_crossentropy" does not fit the last layer "dense_1": its activation is "softmax", expected '
        '"sigmoid" or "hard_sigmoid". Use loss="categorical_crossentropy", or end with Dense(1, activation="sigmoid") '
        "for two classes."),
    "no activation with crossentropy": (lambda: compiled("identity", 3, loss="categorical_crossentropy"),
        'Loss "categorical_crossentropy" does not fit the last layer "dense_1": its activation is "identity", expected '
        '"softmax". Use activation="softmax" in the last layer.'),
    "one sigmoid with categorical crossentropy": (lambda: compiled(loss="categorical_crossentropy"),
        'Loss "categorical_crossentropy" does not fit the last layer "dense_1": its activation is "sigmoid", expected '
        '"softmax". For two classes with one unit use activation="sigmoid" and loss="binary_crossentropy".'),
    "one softmax": (lambda: compiled("softmax", 1, loss="categorical_crossentropy"),
        'Loss "categorical_crossentropy" does not fit the last layer "dense_1": it has 1 unit, and a softmax over one '
        'unit is always 1. Use one unit for each class, or Dense(1, activation="sigmoid") with '
        'loss="binary_crossentropy".'),
    "hinge": (lambda: compiled(loss="hinge"),
        'Loss "hinge" does not fit the last layer "dense_1": its activation is "sigmoid", expected "identity" or '
        '"tanh". Use activation="identity" or "tanh" in the last layer.'),
    "the perceptron's rule apart": (lambda: compiled("step", loss="perceptron", fuse=False),
        'Loss "perceptron" exists only joined with its activation; leave fuse on.'),
    "fit before compile": (lambda: Network([Input(3), Dense(1)]).fit(np.eye(3), [0, 1, 0]),
        'The network has no loss yet. First call net.compile(loss="categorical_crossentropy", optimizer="adam", '
        'metrics=["accuracy"]), with a loss that fits your targets.'),
    "epochs": (lambda: fit(epochs=0), "epochs must be a whole number of at least 1, got 0."),
    "a batch size": (lambda: fit(batch_size=2.5), "batch_size must be a whole number of at least 1, got 2.5."),
    "threads": (lambda: fit(threads=0), "threads must be a whole number of at least 1, got 0."),
    "a seed of fit": (lambda: fit(seed=2**63), "seed must be below 2**63, got 9223372036854775808."),
    "how much is said": (lambda: fit(verbose=3), 'verbose must be "auto", 0, 1 or 2, got 3.'),
    "a callback": (lambda: fit(callbacks=["stop"]),
        "callbacks: expected a Callback or a function of a Moment, got 'stop'."),
    "batches of gradient descent": (lambda: fit(batch_size=2, optimizer="gradient_descent"),
        "gradient_descent takes all 3 samples at once, but batch_size is 2. Leave batch_size out, or use optimizer "
        '"sgd".'),
    "classes of a network for numbers": (lambda: compiled("identity", loss="mse").predict_classes(np.eye(3)),
        'Loss "mean_squared_error" fits numbers, so there are no classes. Use predict.'),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused(case):
    call, text = CASES[case]
    assert refused(call) == text


def test_a_failed_compile_changes_nothing():
    net = compiled(loss="binary_crossentropy", optimizer="adam", metrics=["accuracy"])
    before = net.compile_settings()
    for how in (
        {"loss": "msee"},
        {"loss": "hinge"},
        {"loss": "mse", "optimizer": "x"},
        {"loss": "mse", "metrics": "x"},
    ):
        refused(lambda how=how: net.compile(**how))
        assert net.compile_settings() == before
