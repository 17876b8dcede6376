"""Every number that an explanation writes out adds up to the number that the engine computed."""

from dataclasses import replace

import numpy as np
import pytest
from kinds import LAYERS, labels_for, make_network, targets_for
from trace_nets import batch, features_for, pictures, small, xor

from pellucid.activations import ACTIVATIONS
from pellucid.errors import DescriptionError
from pellucid.losses import LOSSES
from pellucid.optimizers import OPTIMIZERS
from pellucid.trace.explanation import Step, Term

NEAR = 1e-9  # a saturated unit loses digits in 1 − a²


def unexplained(trace, backward=True, most=10**9):
    """Every number of a trace that its explanation does not meet, and how many were looked at."""
    wrong, count = [], 0

    def look(explanation):
        nonlocal count
        count += 1
        if not explanation.gap < NEAR:
            wrong.append((explanation.title, explanation.gap))

    for layer in trace:
        units = range(len(layer.units))[:: max(1, len(layer.units) // most)]
        for sample in range(len(trace)):
            for unit in units:
                place = np.unravel_index(unit, layer.a.shape[1:])
                if not (layer.kind == "Augment" and not layer.passes):
                    look(trace.explain(layer.name, place, sample))
                if backward and layer.delta is not None:
                    look(trace.explain_delta(layer.name, place, sample))
        if backward:
            for parameter in layer.parameters.values():
                for place in list(np.ndindex(parameter.value.shape))[:: max(1, parameter.value.size // most)]:
                    if layer.delta is not None:
                        look(trace.explain_gradient(parameter.name, place))
                    look(trace.explain_update(parameter.name, place))
    return wrong, count


@pytest.mark.parametrize("name", [n for n in ACTIVATIONS.names if n != "step"])
def test_every_activation_in_the_hidden_layer(name):
    X, y = batch()
    wrong, count = unexplained(small(name).trace(X, y))
    assert wrong == []
    assert count == 5 * 2 * (4 + 2) + 2 * (12 + 4 + 8 + 2)


@pytest.mark.parametrize("name", LOSSES.names)
@pytest.mark.parametrize("weighted", [False, True])
def test_every_loss_with_every_output_that_it_fits(name, weighted):
    loss = LOSSES.get(name)
    for output in loss.fits or ("identity", "sigmoid", "tanh", "relu", "softmax"):
        X, y = batch(kind=loss.targets)
        weights = np.arange(5.0) if weighted else None  # one of them 0
        for fuse in {True, loss.fused_only}:
            trace = small("tanh", output, name, fuse=fuse).trace(X, y, weights)
            assert unexplained(trace)[0] == []
            assert np.isclose(trace.shares @ trace.losses + trace.penalty, trace.cost, rtol=1e-14)


@pytest.mark.parametrize("name", OPTIMIZERS.names)
@pytest.mark.parametrize(
    "options", [{}, {"weight_decay": 0.1, "clip_norm": 0.01}, {"clip_value": 0.02}, {"average": 0.9}]
)
def test_every_optimizer_after_some_steps(name, options):
    net = small(optimizer={"kind": name} | options)
    X, y = batch()
    net.fit(X, y, epochs=3, verbose=0)
    trace = net.trace(X, y)
    assert trace.updates == 3
    assert unexplained(trace)[0] == []


def test_the_xor_network():
    net, X, y = xor()
    net.fit(X, y, epochs=5, verbose=0)
    assert unexplained(net.trace(X, y)) == ([], 4 * 2 * 5 + 2 * 17)


@pytest.mark.parametrize(
    "fields", [{}, {"padding": "valid", "stride": (1, 2)}, {"kernel": (2, 3), "dilation": (2, 1), "regularizer": "l2"}]
)
def test_a_small_convolutional_network(fields):
    net, X, y = pictures(**fields)
    wrong, count = unexplained(net.trace(X, y), most=40)
    assert wrong == []
    assert count > 300


ROWS = [(kind, row) for kind, rows in LAYERS.items() for row in rows]


@pytest.mark.parametrize(("kind", "row"), ROWS, ids=[f"{kind} {k}" for k, (kind, _) in enumerate(ROWS)])
@pytest.mark.parametrize("training", [False, True])
def test_every_layer_kind(kind, row, training):
    net = make_network(row["input"], row["layers"])
    X = features_for(net, 3)
    trace = net.trace(
        X, targets_for("mean_squared_error", 3, net.output_units, np.random.default_rng(1)), training=training
    )
    wrong, count = unexplained(trace, most=4)
    assert wrong == []
    assert count > 10


def test_regularizers_are_part_of_the_gradient():
    row = next(
        row
        for row in LAYERS["Dense"]
        if row["layers"][0][1].get("regularizer") == {"kind": "l1_l2", "l1": 0.2, "l2": 0.1}
    )
    trace = make_network(row["input"], row["layers"]).trace(np.ones((2, 3)), np.zeros((2, 2)))
    words = [term.what for term in trace.explain_gradient("dense_1.weights[0, 0]").steps[0].terms]
    assert words == ["sample 0", "sample 1", "penalty: l1 · sign(w)", "penalty: 2 · l2 · w"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_labels_of_the_softmax_network(dtype):
    net = make_network(
        (3,), [("Dense", {"units": 4, "activation": "softmax"})], "categorical_crossentropy", dtype=dtype
    )
    trace = net.trace(np.eye(3), labels_for(3, 4, np.random.default_rng(0)), dtype="float64")
    assert unexplained(trace)[0] == []


# --- planted faults --------------------------------------------------------------------------------------------------


def spoiled(trace, layer, **arrays):
    """The trace with one layer's numbers changed."""
    return replace(trace, layers=trace.layers | {layer: replace(trace[layer], **arrays)})


@pytest.mark.parametrize("field", ["input", "z", "a", "delta", "output_gradient"])
def test_a_wrong_number_is_caught(field):
    X, y = batch()
    trace = small().trace(X, y)
    wrong = getattr(trace["dense_1"], field).copy()
    wrong[1, 2] += 1e-6
    assert unexplained(spoiled(trace, "dense_1", **{field: wrong}))[0] != []


def test_a_transposed_weight_is_caught():
    X, y = batch()
    trace = small().trace(X, y)
    layer = trace["dense_1"]
    weights = layer.weights.value.copy()
    weights[[0, 1]] = weights[[1, 0]]
    parameters = layer.parameters | {"weights": replace(layer.weights, value=weights)}
    assert unexplained(spoiled(trace, "dense_1", parameters=parameters), backward=False)[0] != []


def test_a_wrong_gradient_and_a_wrong_update_are_caught():
    X, y = batch()
    trace = small().trace(X, y)
    weights = trace["dense_1"].weights
    for field in ("gradient", "new"):
        changed = getattr(weights, field) * (1 + 1e-9)
        parameters = trace["dense_1"].parameters | {"weights": replace(weights, **{field: changed})}
        assert unexplained(spoiled(trace, "dense_1", parameters=parameters))[0] != []


def test_the_gap_of_a_step_without_terms_is_its_size():
    assert Step("z", "z = Σ", (), 0.5).gap == 0.5
    assert Step("z", "z = Σ", (Term("x", (2.0, 3.0)),), 6.0).gap == 0.0
    with pytest.raises(DescriptionError):
        small().trace(np.ones((1, 3))).explain_gradient("dense_1.weights[0, 0]")
