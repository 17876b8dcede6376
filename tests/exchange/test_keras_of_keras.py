"""Files that Keras itself writes, and ours in its hands."""

import numpy as np
import pytest
from formats import assert_same, import_keras

pytest.importorskip("h5py")
keras = import_keras()

from pellucid import BatchNorm, Conv2D, Dense, Dropout, Flatten, Input, Network, Residual, from_keras  # noqa: E402
from pellucid.errors import ModelFileError  # noqa: E402
from pellucid.optimizers import OPTIMIZERS  # noqa: E402

L = keras.layers


def sequential(shape, *layers):
    return keras.Sequential([keras.Input(shape), *layers])


def residual_network():
    x = start = keras.Input((8, 7, 3))
    x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    y = L.BatchNormalization()(L.Conv2D(4, 3, padding="same", use_bias=False)(x))
    y = L.Activation("gelu")(y)
    x = L.ReLU()(L.Add()([x, y]))
    y = L.Average()([L.Conv2D(4, 1, activation="tanh")(x), L.AveragePooling2D(1)(x)])
    return keras.Model(start, L.Dense(3, activation="softmax")(L.GlobalAveragePooling2D()(y)))


def objects():
    """Activations as names, objects and layers."""
    a = keras.activations
    return sequential(
        (5,), L.Dense(6, activation=a.silu), L.Dense(6, activation=L.LeakyReLU(negative_slope=0.3)), L.ELU(0.7),
        L.Dense(6, activation="leaky_relu"), L.LeakyReLU(), L.ReLU(), L.Dense(6, activation=a.hard_sigmoid),
        L.PReLU(alpha_initializer=keras.initializers.Constant(0.2)), L.Activation(a.softsign), L.Softmax(),
        L.Dense(4, activation="selu"), L.Dropout(0.4), L.Dense(2, activation="softplus"),
    )  # fmt: skip


MODELS = {
    "objects": objects,
    "lenet": lambda: sequential(
        (12, 11, 1),
        L.RandomFlip(),
        L.Rescaling(1 / 255.0, -0.5),
        L.Conv2D(4, 5, activation="tanh", padding="same"),
        L.AveragePooling2D(2),
        L.SpatialDropout2D(0.2),
        L.Conv2D(6, (3, 2), dilation_rate=(1, 2), groups=2),
        L.MaxPooling2D((2, 1), strides=1, padding="same"),
        L.Flatten(),
        L.Dense(10, activation="elu"),
        L.Dense(4),
    ),
    "norms": lambda: sequential(
        (6,),
        L.Normalization(mean=[0.5] * 6, variance=[1.0, 2, 3, 4, 5, 6]),
        L.Dense(5),
        L.BatchNormalization(scale=False),
        L.LayerNormalization(center=False),
        L.Reshape((5, 1)),
        L.Reshape((-1,)),
    ),
    "depthwise": lambda: sequential(
        (6, 6, 3), L.DepthwiseConv2D(3, padding="same", depth_multiplier=2), L.GlobalMaxPooling2D(), L.Dense(2)
    ),
    "functional": residual_network,
}


def move(model):
    """Give what starts at 0 or 1 other values, so that a mistake shows."""
    rng = np.random.default_rng(1)
    for variable in model.variables:
        if np.ptp(keras.ops.convert_to_numpy(variable)) == 0 and "alpha" not in variable.path and variable.shape:
            variable.assign(rng.uniform(0.3, 1.5, variable.shape))
    return model


@pytest.mark.parametrize("name", MODELS)
def test_reads_what_keras_writes(name, tmp_path):
    keras.utils.set_random_seed(3)
    model = move(MODELS[name]())
    model.save(tmp_path / "m.keras")
    net = from_keras(tmp_path / "m.keras")
    for count in (1, 2, 33):
        X = np.random.default_rng(count).normal(size=(count, *net.input_shape)).astype(np.float32)
        assert_same(net.predict(X), keras.ops.convert_to_numpy(model(X, training=False)))


def test_weights_are_the_same_bits(tmp_path):
    model = move(sequential((4,), L.Dense(3, activation="relu"), L.Dense(2)))
    model.save(tmp_path / "m.keras")
    net = from_keras(tmp_path / "m.keras")
    for ours, theirs in zip(net.weights.values(), model.get_weights(), strict=True):
        assert (ours == theirs).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names)
def test_settings_come_through_keras(optimizer, tmp_path, recwarn):
    net = Network([Input((4, 4, 1)), Conv2D(2), BatchNorm(), Dropout(0.3), Flatten(), Dense(3, "softmax")])
    net.compile({"kind": "categorical_crossentropy", "label_smoothing": 0.1}, optimizer, ["accuracy"])
    net.export(tmp_path / "n.keras")
    model = keras.saving.load_model(tmp_path / "n.keras")
    assert [str(one.message) for one in recwarn if "optimizer" in str(one.message)] == []
    assert [layer.name for layer in model.layers] == [name for name, _ in net.layers]
    X, y = np.random.default_rng(0).normal(size=(6, 4, 4, 1)), np.eye(3)[[0, 1, 2, 0, 1, 2]]
    np.testing.assert_allclose(model.evaluate(X, y, verbose=0), list(net.evaluate(X, y).values()), rtol=1e-5)
    model.save(tmp_path / "again.keras")
    again = from_keras(tmp_path / "again.keras")
    wanted = net.compile_settings()
    wanted["optimizer"]["kind"] = {"gradient_descent": "sgd"}.get(optimizer, optimizer)
    assert again.compile_settings() == wanted


def test_a_lambda_is_refused_and_not_run(tmp_path):
    model = sequential((2,), L.Lambda(lambda x: x * 2, name="double"))
    model.save(tmp_path / "m.keras")
    with pytest.raises(ModelFileError) as found:
        from_keras(tmp_path / "m.keras")
    words = 'layer "double" (Lambda): Pellucid has no counterpart for it; code in a file is not run.'
    assert str(found.value) == f"{tmp_path / 'm.keras'}: {words}"


@pytest.mark.parametrize(("layers", "words"), [
    ([L.Conv1D(2, 3, name="c")], 'layer "c" (Conv1D): Pellucid has no counterpart for it.'),
    ([L.Activation("mish", name="d")], 'layer "d" (Activation): the activation "mish" has no counterpart in '
                                                'Pellucid.'),
    ([L.ReLU(max_value=6.0, name="r")], 'layer "r" (ReLU): a ReLU with max_value or threshold has no counterpart in '
                                        'Pellucid.'),
])  # fmt: skip
def test_what_has_no_counterpart_is_named(layers, words, tmp_path):
    sequential((5, 3), *layers).save(tmp_path / "m.keras")
    with pytest.raises(ModelFileError) as found:
        from_keras(tmp_path / "m.keras")
    assert str(found.value) == f"{tmp_path / 'm.keras'}: {words}"


def test_a_layer_that_is_used_twice_is_refused(tmp_path):
    start, shared = keras.Input((3,)), L.Dense(3, name="shared")
    keras.Model(start, shared(shared(start))).save(tmp_path / "m.keras")
    with pytest.raises(ModelFileError, match='layer "shared" is used 2 times; layers of Pellucid are used once'):
        from_keras(tmp_path / "m.keras")


def test_a_planted_fault_is_caught(tmp_path):
    """Were the weights' places named in another order than Keras's, its predictions would differ."""
    import pellucid.exchange.keras.write as write

    block = Residual([Dense(3, "tanh"), Dense(3)], [Dense(3)])
    net = Network([Input(3), block, Dense(2)], seed=2)
    X = np.ones((2, 3), np.float32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(write, "places", lambda kinds: _exchanged(list(kinds)))
        net.export(tmp_path / "n.keras")
    found = keras.ops.convert_to_numpy(keras.saving.load_model(tmp_path / "n.keras")(X))
    with pytest.raises(AssertionError):
        assert_same(found, net.predict(X))


def _exchanged(kinds):
    from pellucid.exchange.keras.graph import places

    names = places(kinds)
    a, b = names.index("dense"), names.index("dense_1")
    names[a], names[b] = names[b], names[a]
    return names
