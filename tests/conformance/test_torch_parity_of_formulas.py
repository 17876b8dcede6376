"""Step-by-step parity with PyTorch: every loss with every output that it fits, every activation, every layer."""

import kinds
import pytest
from parity import check_parity

from pellucid.losses import LOSSES

SAMPLES = 26
DTYPES = ["float64", "float32"]
OUTPUTS = {  # of each loss: activation and units
    "binary_crossentropy": [("sigmoid", 1), ("sigmoid", 3), ("hard_sigmoid", 2)],
    "categorical_crossentropy": [("softmax", 2), ("softmax", 4)],
    "hinge": [("identity", 1), ("tanh", 3)],
    "kl_divergence": [("softmax", 3)],
    "perceptron": [("step", 1), ("step", 3)],
}
ANY = [("identity", 1), ("tanh", 3), ("softmax", 3)]


def rows():
    found = []
    for loss in (row.values[0] for row in kinds.variants(kinds.LOSSES)):
        for activation, units in OUTPUTS.get(loss["kind"], ANY):
            name = " ".join(map(str, [*loss.values(), activation, units]))
            found.append(pytest.param(loss, activation, units, False, id=name))
            if units > 1:
                found.append(pytest.param(loss, activation, units, True, id=name + " labels"))
    return found


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("loss", "activation", "units", "labels"), rows())
def test_loss(torch, loss, activation, units, labels, dtype, rng):
    layers = [("Dense", {"units": 5, "activation": "tanh"}), ("Dense", {"units": units, "activation": activation})]
    net = kinds.make_network((4,), layers, loss, dtype=dtype, optimizer={"kind": "sgd", "rate": 0.02})
    X = rng.normal(size=(SAMPLES, 4))
    y = kinds.labels_for(SAMPLES, units, rng) if labels else kinds.targets_for(loss, SAMPLES, units, rng)
    check_parity(torch, net, X, y)


@pytest.mark.parametrize("loss", [{"kind": loss} for loss in ("binary_crossentropy", "categorical_crossentropy")])
def test_loss_apart_from_its_activation(torch, loss, rng):
    activation = LOSSES.get(loss).fused_with
    layers = [("Dense", {"units": 5, "activation": "tanh"}), ("Dense", {"units": 3, "activation": activation})]
    net = kinds.make_network((4,), layers, loss, optimizer={"kind": "sgd", "rate": 0.05}, fuse=False)
    check_parity(torch, net, rng.normal(size=(SAMPLES, 4)), kinds.targets_for(loss, SAMPLES, 3, rng))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("activation", kinds.variants(kinds.ACTIVATIONS))
def test_activation(torch, activation, dtype, rng):
    layers = [("Dense", {"units": 6, "activation": activation}), ("Dense", {"units": 2})]
    net = kinds.make_network((4,), layers, dtype=dtype, optimizer={"kind": "sgd", "rate": 0.05})
    check_parity(torch, net, rng.normal(size=(SAMPLES, 4)) * 2, rng.normal(size=(SAMPLES, 2)))


LAYERS = [
    pytest.param(row, id=f"{kind}-{number}")
    for kind, several in kinds.LAYERS.items()
    for number, row in enumerate(several, start=1)
    if not kinds.drops(kinds.make_network(row["input"], row["layers"]))  # two libraries draw different masks
]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", LAYERS)
def test_layer(torch, row, dtype, rng):
    """In batches of 20, 20 and 6 samples: groups of sixteen that are full, and others that are not."""
    net = kinds.make_network(row["input"], row["layers"], dtype=dtype, optimizer={"kind": "sgd", "rate": 0.05})
    X, y = kinds.features_for(net, 46, rng), rng.normal(size=(46, net.output_units))
    check_parity(torch, net, X, y, batch_size=20)
