"""The masks that a worksheet shows are those that the engine has drawn, also of a network that was trained before."""

import numpy as np
import pytest

from pellucid import Dense, Dropout, Ensemble, Input, Network, Residual
from pellucid.training.steps import follow
from pellucid.views.worksheet.masks import masks_of

X = np.random.default_rng(6).normal(size=(20, 4))  # more samples than one group of lanes
Y = np.arange(20.0)


def followed():
    member = [Dropout(0.3), Dense(4)]
    layers = [
        Dropout(0.5), Dense(6, "tanh"), Residual([Dropout(0.4), Dense(6)]), Ensemble([member, member]), Dropout(0.0),
    ]  # fmt: skip
    net = Network([Input(4), *layers, Dense(1)], seed=8)
    net.compile("mse", "sgd")
    net.fit(X, Y, epochs=3, batch_size=8, verbose=0)
    assert net.updates == 9
    return follow(net, X, Y, 2)


def differing(found, masks):
    """The layers and steps whose outputs are 0 elsewhere than their masks are; no input here is 0."""
    return [
        (path, k)
        for path, drawn in masks.items()
        for k, (step, mask) in enumerate(zip(found.steps, drawn, strict=True), start=1)
        if not np.array_equal(step.values[f"{path}.a"].reshape(mask.shape) != 0.0, mask == 1.0)
    ]


def test_masks_are_those_that_the_engine_has_drawn():
    found = followed()
    masks = masks_of(found)
    dropped = ["dropout_1", "residual_1.dropout_1", "ensemble_1.member_1.dropout_1", "ensemble_1.member_2.dropout_1"]
    assert sorted(masks) == sorted([*dropped, "dropout_2"])
    assert differing(found, masks) == []
    assert (masks["dropout_2"][0] == 1.0).all()
    for path in dropped:
        first, second = masks[path]
        assert 0.0 < first.mean() < 1.0
        assert (first != second).any()


@pytest.mark.parametrize("step", [1, 2])
def test_another_mask_is_seen(step):
    found = followed()
    masks = masks_of(found)
    masks["residual_1.dropout_1"][step - 1][17, 3] = 1.0 - masks["residual_1.dropout_1"][step - 1][17, 3]
    assert differing(found, masks) == [("residual_1.dropout_1", step)]
