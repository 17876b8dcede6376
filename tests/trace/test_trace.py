"""What a trace holds: the engine's own numbers, for every layer kind, with the network left as it was."""

import numpy as np
import pytest
from kinds import LAYERS, make_network, targets_for
from trace_nets import batch, features_for, pictures, small, xor

from pellucid import BatchNorm, Dense, Dropout, Input, Network
from pellucid.errors import DataError, DescriptionError

ROWS = [(kind, row) for kind, rows in LAYERS.items() for row in rows]
every_row = pytest.mark.parametrize(("kind", "row"), ROWS, ids=[f"{kind} {k}" for k, (kind, _) in enumerate(ROWS)])


def state(net):
    """Everything that a step would change."""
    memories = net.optimizer_memories()
    return net.snapshot().tolist(), None if memories is None else memories.tolist(), net.updates, net.history.to_dict()


def two_two_one():
    """The network that docs/trace.md works out by hand."""
    net = Network([Input(2), Dense(2, activation="sigmoid"), Dense(1, activation="sigmoid")], dtype="float64")
    net.compile("squared_error", {"kind": "sgd", "rate": 0.5})
    net.set_weights({
        "dense_1.weights": [[0.1, 0.3], [0.2, -0.4]], "dense_1.bias": [0.1, 0.1],
        "dense_2.weights": [[0.5], [-0.6]], "dense_2.bias": [0.2],
    })  # fmt: skip
    return net


def test_the_two_two_one_network_by_hand():
    """Every number of one step, worked out with pencil and paper's own formulas."""
    trace = two_two_one().trace([1.0, 0.5], 1)

    def f(z):
        return 1 / (1 + np.exp(-z))

    z1 = np.array([0.1 * 1.0 + 0.2 * 0.5 + 0.1, 0.3 * 1.0 - 0.4 * 0.5 + 0.1])
    a1 = f(z1)
    z2 = 0.5 * a1[0] - 0.6 * a1[1] + 0.2
    a2 = f(z2)
    delta2 = (a2 - 1) * a2 * (1 - a2)
    delta1 = a1 * (1 - a1) * np.array([0.5, -0.6]) * delta2
    first, second = trace["dense_1"], trace["dense_2"]
    close = np.testing.assert_allclose
    close(first.z[0], z1, rtol=1e-15)
    close(first.a[0], a1, rtol=1e-15)
    close(second.z, [[z2]], rtol=1e-15)
    close(second.delta, [[delta2]], rtol=1e-14)
    close(first.delta[0], delta1, rtol=1e-14)
    close(first.weights.gradient, np.outer([1.0, 0.5], delta1), rtol=1e-14)
    close(second.bias.gradient, [delta2], rtol=1e-14)
    close(first.weights.new, [[0.1, 0.3], [0.2, -0.4]] - 0.5 * np.outer([1.0, 0.5], delta1), rtol=1e-14)
    close(first.input_gradient[0], [[0.1, 0.3], [0.2, -0.4]] @ delta1, rtol=1e-14)
    close([trace.cost, *trace.losses], [0.5 * (a2 - 1) ** 2] * 2, rtol=1e-14)
    assert trace.targets.tolist() == [[1.0]]
    assert trace.outputs.tolist() == second.a.tolist()


@every_row
def test_outputs_cost_and_network_are_those_of_the_network(kind, row):
    """predict's outputs and evaluate's loss to the last bits; nothing in the network moves."""
    net = make_network(row["input"], row["layers"], optimizer="adam")
    X = features_for(net, 5)
    y = targets_for("mean_squared_error", 5, net.output_units, np.random.default_rng(1))
    before = state(net)
    trace = net.trace(X, y)
    assert state(net) == before
    np.testing.assert_allclose(trace.outputs, net.predict(X), rtol=1e-14, atol=1e-15)
    assert trace.cost == pytest.approx(net.evaluate(X, y)["loss"], rel=1e-13)
    assert np.array_equal(net.trace(X).outputs, net.predict(X))
    assert [layer.name for layer in trace if "." not in layer.name] == [name for name, _ in net.layers]
    for layer in trace:
        assert len(layer.a) == len(layer.input) == 5
        assert layer.delta is None or layer.delta.shape == (layer.a if layer.z is None else layer.z).shape
        assert layer.input_gradient is None or layer.input_gradient.shape == layer.input.shape


@every_row
def test_gradients_are_those_of_evaluates_loss(kind, row):
    """Along a random direction through all parameters and inputs: central differences of net.evaluate."""
    net = make_network(row["input"], row["layers"])
    X = features_for(net, 5)
    y = targets_for("mean_squared_error", 5, net.output_units, np.random.default_rng(1))
    trace, rng, h = net.trace(X, y), np.random.default_rng(7), 1e-6
    moved = rng.normal(size=X.shape) if kind != "Embedding" else np.zeros(X.shape)
    slope = float((trace.input_gradient * moved).sum())
    directions = {}
    for layer in trace:
        for p in layer.parameters.values():
            directions[p.name] = rng.normal(size=p.value.shape)
            slope += float((p.gradient * directions[p.name]).sum())
    costs = []
    for step in (h, -h):
        net.set_weights({name: trace.parameter(name).value + step * d for name, d in directions.items()})
        costs.append(net.evaluate(X + step * moved, y)["loss"])
    assert slope == pytest.approx((costs[0] - costs[1]) / (2 * h), rel=1e-5, abs=1e-7)


@every_row
def test_a_step_of_training_is_the_one_that_fit_makes(kind, row):
    """With dropout's masks, augmentation and the batch's moments: the same weights, bit by bit."""
    net = make_network(row["input"], row["layers"], optimizer="momentum")
    X = features_for(net, 5)
    y = targets_for("mean_squared_error", 5, net.output_units, np.random.default_rng(1))
    for _ in range(2):
        trace = net.trace(X, y, training=True, seed=9)
        net.fit(X, y, batch_size=5, shuffle=False, seed=9, verbose=0)
        new = {p.name: p.new for layer in trace for p in (*layer.parameters.values(), *layer.statistics.values())}
        assert new.keys() == net.weights.keys()
        assert all(np.array_equal(new[name], w) for name, w in net.weights.items())
        assert trace.cost == pytest.approx(net.history.history["loss"][-1], rel=1e-14)


def test_dropout_works_only_where_training_is_asked_for():
    net = Network([Input(20), Dropout(0.5), Dense(1)])
    net.compile("mse")
    X = np.ones((1, 20))
    assert net.trace(X, [1])["dropout_1"].passes
    assert net.trace(X, [1])["dropout_1"].a.tolist() == X.tolist()
    assert set(net.trace(X, [1], training=True)["dropout_1"].a.ravel().tolist()) == {0.0, 2.0}


def test_running_statistics_move_only_where_training_is_asked_for():
    net = Network([Input(2), BatchNorm(), Dense(1)], dtype="float64")
    net.compile("mse")
    X = [[1.0, 2.0], [3.0, 8.0]]
    still, moving = (net.trace(X, [0, 1], training=training)["batchnorm_1"] for training in (False, True))
    assert still.statistics["mean"].update.tolist() == [0.0, 0.0]
    assert moving.statistics["mean"].update.tolist() == pytest.approx([0.2, 0.5])
    assert still.a[0].tolist() == pytest.approx([1.0, 2.0], rel=1e-4)
    assert moving.a[0].tolist() == pytest.approx([-1.0, -1.0], rel=1e-4)


def test_one_sample_and_its_target_may_stand_alone():
    net, X, y = pictures()
    whole = net.trace(X[:1], y[:1])
    for target in (y[0], int(y[0]), np.eye(3)[y[0]], [int(y[0])]):
        assert net.trace(X[0], target).cost == whole.cost
    assert len(whole) == 1


def test_float64_shows_more_digits_of_the_same_network():
    net = small(dtype="float32")
    X, y = batch()
    short, long = net.trace(X, y), net.trace(X, y, dtype="float64")
    assert short.outputs.dtype == np.float32
    assert long.outputs.dtype == np.float64
    np.testing.assert_allclose(short.outputs, long.outputs, rtol=1e-6)
    assert (short.outputs != long.outputs).any()
    np.testing.assert_array_equal(long.parameter("dense_1.weights").value, net.weights["dense_1.weights"])


def test_sample_weights_are_in_the_cost_and_a_weightless_sample_still_has_its_loss():
    net, X, y = xor()
    plain, weighted = net.trace(X, y), net.trace(X, y, sample_weight=[0, 1, 2, 1])
    np.testing.assert_allclose(weighted.losses, plain.losses, rtol=1e-14)
    assert weighted.shares.tolist() == [0, 0.25, 0.5, 0.25]
    assert weighted.cost == pytest.approx(weighted.shares @ weighted.losses, rel=1e-14)


def test_memories_of_the_optimizer_are_those_of_the_network():
    net, X, y = xor()
    net.fit(X, y, epochs=3, verbose=0)
    weights = net.trace(X, y)["dense_1"].weights
    kept = net.optimizer_memories()
    assert [m.ravel().tolist() for m in weights.memories] == kept[:, :8].tolist()
    assert all((new != old).any() for new, old in zip(weights.new_memories, weights.memories, strict=True))


def test_classes_have_their_names():
    net, X, y = pictures()
    net.fit(X, np.array(["ant", "bee", "cow"])[y], epochs=2, verbose=0)
    trace = net.trace(X, ["cow", "ant", "bee"])
    assert trace.true.tolist() == ["cow", "ant", "bee"]
    assert trace.predicted.tolist() == net.predict_classes(X).tolist()
    assert [trace["dense_1"].units.short(k) for k in range(3)] == ["ant", "bee", "cow"]
    assert trace.explain("dense_1", "bee").title == 'dense_1[1] (Dense, softmax) "bee", sample 0'
    assert trace.explain("dense_1", "bee").value == trace["dense_1"].a[0, 1]


def test_the_rate_is_the_optimizers_the_given_one_or_the_last_of_a_schedule():
    X, y = batch()
    assert small(optimizer={"kind": "sgd", "rate": 0.3}).trace(X, y).rate == 0.3
    assert small().trace(X, y, rate=0.7).rate == 0.7
    net = small(optimizer={"kind": "sgd", "rate": {"kind": "exponential", "rate": 0.2, "factor": 0.5}})
    assert net.trace(X, y).rate == 0.2
    net.fit(X, y, epochs=2, verbose=0)
    assert net.trace(X, y).rate == 0.1


def test_a_new_compilation_is_seen_although_the_engine_is_kept():
    net = small()
    X, y = batch()
    first = net.trace(X, y).cost
    net.compile("mean_squared_error", "sgd")
    assert net.trace(X, y).cost == pytest.approx(first)  # ½ Σ over two outputs is their mean
    net.compile("mean_absolute_error", "sgd")
    assert net.trace(X, y).cost != pytest.approx(first)
    net.set_weights({"dense_2.bias": [9, 9]})
    np.testing.assert_array_equal(net.trace(X, y).outputs, net.predict(X))


def test_more_samples_than_one_pass_holds_are_refused(monkeypatch):
    monkeypatch.setattr("pellucid.plan.build.VALUES_IN_A_PASS", 20_000)
    X, y = batch(count=100)
    with pytest.raises(DataError) as error:
        small().trace(X, y)
    assert str(error.value) == (
        "X has 100 samples, and a trace of this network keeps every number of at most 64 at a time. "
        "Trace some of them: net.trace(X[:64], y[:64])."
    )


def refused(kind, call):
    with pytest.raises(kind) as error:
        call()
    return str(error.value)


def test_what_cannot_be_traced_is_refused_with_the_mend():
    X, y = batch()
    plain = Network([Input(3), Dense(2)])
    assert refused(DescriptionError, lambda: plain.trace(X, y)) == (
        "The network has no loss yet, so there are no gradients to trace. First call net.compile(loss=…, "
        "optimizer=…), or leave y out to trace the forward pass alone."
    )
    assert plain.trace(X)["dense_1"].z.shape == (5, 2)
    assert refused(DataError, lambda: small().trace(X, training=True)) == (
        "training=True traces a step of training, which needs targets: net.trace(X, y, training=True). Without "
        "targets only the forward pass of the network as it is used can be traced."
    )
    assert refused(DataError, lambda: small().trace(X, sample_weight=[1] * 5)) == (
        "sample_weight: weights belong to targets, and no y was given."
    )
    assert refused(DescriptionError, lambda: small().trace(X, dtype="int8")) == (
        'dtype must be "float32" or "float64", got \'int8\'.'
    )
    net, pixels, _ = pictures()
    assert refused(DataError, lambda: net.trace(pixels, ["ant", "bee", "cow"])) == (
        "y has class names, but the network has not been trained on any yet, so it cannot tell which output stands "
        'for which. Set net.class_names = ("…", "…"), one for each class, or give labels from 0.'
    )


def test_what_a_trace_does_not_have_is_refused_with_what_it_has():
    X, y = batch()
    trace, bare = small().trace(X, y), small().trace(X)
    net, pixels, labels = pictures()
    folded = net.trace(pixels, labels)
    layers = "Known: dense_1, dense_2."
    for call, words in {
        lambda: trace["dense_3"]: f'No layer "dense_3". Did you mean "dense_2"? {layers}',
        lambda: trace.explain("dens_1", 0): f'No layer "dens_1". Did you mean "dense_1"? {layers}',
        lambda: trace.explain("dense_1", 4): 'Layer "dense_1" has no unit 4. Its units are 0 to 3.',
        lambda: trace.explain("dense_1[-1]"): 'Layer "dense_1" has no unit (-1,). Its units are 0 to 3.',
        lambda: trace.explain("dense_1"): 'Which unit of "dense_1"? Its units are 0 to 3. Write '
        'trace.explain("dense_1", unit).',
        lambda: trace.explain("dense_1", "left"): 'Layer "dense_1" has no unit "left". Its units are 0 to 3.',
        lambda: trace.explain("dense_1", 0, sample=5): "The trace has samples 0 to 4, got sample 5.",
        lambda: trace.explain_gradient("dense_1.weight", (0, 0)): 'No weights "dense_1.weight". Did you mean '
        '"dense_1.weights"? Known: dense_1.weights, dense_1.bias, dense_2.weights, dense_2.bias.',
        lambda: trace.explain_gradient("dense_1.weights", (3, 0)): '"dense_1.weights" has numbers at (0…2, 0…3) '
        '(input, unit), got (3, 0). Write "dense_1.weights[0, 0]".',
        lambda: trace.explain_gradient("dense_1.bias"): '"dense_1.bias" has numbers at (0…3) (unit), got no place. '
        'Write "dense_1.bias[0]".',
        lambda: bare.explain_gradient("dense_1.weights[0, 0]"): "This trace has no gradients, because it was taken "
        "without targets. Give them: net.trace(X, y).",
        lambda: bare.explain_delta("dense_1[0]"): "This trace has no gradients, because it was taken without "
        "targets. Give them: net.trace(X, y).",
        lambda: folded.explain("conv2d_1", (6, 0, 0)): 'Layer "conv2d_1" has no unit (6, 0, 0). Its units are places '
        "(0…5, 0…4, 0…2) (row, column, channel).",
        lambda: trace.to_frame("dens_2"): 'No layer or weights "dens_2". Did you mean "dense_2"? Known: input, '
        "dense_1, dense_2, dense_1.weights, dense_1.bias, dense_2.weights, dense_2.bias.",
        lambda: trace.to_frame("dense_2", library="panda"): 'Unknown library "panda". Did you mean "pandas"? Known: '
        "polars, pandas.",
    }.items():
        assert refused(DescriptionError, call) == words
