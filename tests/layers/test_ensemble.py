"""Ensemble: the mean by hand, its names, losses on a mean of probabilities; several networks as one and back."""

import numpy as np
import pytest
from central_differences import check_gradients

import pellucid
from pellucid import Activation, BatchNorm, Dense, DescriptionError, Ensemble, Flatten, Input, Network, Reshape

CLASSES = np.array(["ant", "bee", "cat"])


def trained(seed, hidden=(4,), **how):
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(60, 3)), CLASSES[np.arange(60) % 3]
    layers = [*(Dense(n, "tanh") for n in hidden), BatchNorm(), Dense(3, "softmax")]
    net = Network([Input(3), *layers], seed=seed, **how)
    net.compile("cce", {"kind": "adam", "rate": 0.01}, ["accuracy"])
    net.fit(X, y, 3, verbose=0)
    return net


def test_the_weighted_mean_by_hand(rng):
    members = [[Dense(2, "tanh")], [Dense(4, "tanh", name="first"), Dense(2)], [Reshape(2)]]
    net = Network([Input(2), Ensemble(members, weights=[1, 2, 5])], dtype="float64")
    assert list(net.weights) == [
        "ensemble_1.member_1.dense_1.weights", "ensemble_1.member_1.dense_1.bias",
        "ensemble_1.member_2.first.weights", "ensemble_1.member_2.first.bias",
        "ensemble_1.member_2.dense_2.weights", "ensemble_1.member_2.dense_2.bias",
    ]  # fmt: skip
    net.parameters[:] = rng.normal(size=net.parameter_count)
    X = rng.normal(size=(20, 2))
    a, b, c, d, e, f = net.weights.values()
    expected = (np.tanh(X @ a + b) + 2 * (np.tanh(X @ c + d) @ e + f) + 5 * X) / 8
    np.testing.assert_allclose(net.predict(X), expected, rtol=1e-12)
    found = [np.tanh(X @ a + b), np.tanh(X @ c + d) @ e + f, X]
    np.testing.assert_allclose(net.member_predictions(X), found, rtol=1e-12)


@pytest.mark.parametrize(
    ("loss", "activation", "units"), [("cce", "softmax", 3), ("bce", "sigmoid", 1), ("bce", "sigmoid", 3)]
)
@pytest.mark.parametrize("before", [[], [Dense(4, "tanh")]])
def test_cross_entropy_of_mean_probabilities(loss, activation, units, before, rng):
    """The loss is that of the mean, never joined with one member's activation, and its gradient is right."""
    members = [[Dense(4, "tanh"), Dense(units, activation)], [Dense(units, activation)]]
    net = Network([Input(3), *before, Ensemble(members)], dtype="float64", seed=2)
    net.compile(loss, "sgd")
    X, y = rng.normal(size=(40, 3)), np.arange(40) % max(2, units)
    targets = np.eye(3)[y] if units == 3 else y[:, None].astype(float)
    p = net.member_predictions(X).mean(axis=0)
    t = targets
    each = -(t * np.log(p)).sum(1) if loss == "cce" else -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean(1)
    assert net.evaluate(X, targets)["loss"] == pytest.approx(each.mean(), rel=1e-12)
    check_gradients(net, X, targets)


def test_its_activation_is_that_of_all_members():
    assert Ensemble([[Dense(2, "softmax")], [Dense(3), Dense(2, "softmax")]]).activation.name == "softmax"
    assert Ensemble([[Dense(2, "softmax")], [Dense(2, "sigmoid")]]).activation.name == "identity"
    assert Ensemble([[Flatten()], [Flatten()]]).activation.name == "identity"
    net = Network([Input(3), Ensemble([[Dense(1, "sigmoid")], [Dense(1, "tanh")]])])
    with pytest.raises(DescriptionError, match="does not fit the last layer"):
        net.compile("bce", "sgd")


def test_plain_data_and_back():
    layer = Ensemble([[Dense(3, "tanh"), Dense(2)], [Ensemble([[Dense(2)]], name="within")]], weights=(1, 3), name="e")
    net = Network([Input(4), layer], seed=3)
    again = Network.from_dict(net.to_dict())
    assert again.to_dict() == net.to_dict()
    assert again.layers == net.layers
    assert np.array_equal(again.parameters, net.parameters)
    assert not np.array_equal(
        net.weights["e.member_1.dense_1.weights"][:, :2], net.weights["e.member_2.within.member_1.dense_1.weights"]
    )


def test_several_networks_become_one(tmp_path, rng):
    nets = [trained(1), trained(2, (6, 4)), trained(3)]
    X = rng.normal(size=(50, 3))
    before = [net.predict(X) for net in nets]
    whole = pellucid.ensemble(nets, weights=[1, 1, 2], name="three")
    np.testing.assert_allclose(whole.predict(X), (before[0] + before[1] + 2 * before[2]) / 4, atol=1e-6)
    assert whole.class_names == tuple(CLASSES)
    assert set(whole.predict_classes(X)) <= set(CLASSES)
    assert whole.compile_settings() == nets[0].compile_settings()
    assert np.array_equal(whole.member_predictions(X), before), "the same bits as the networks by themselves"

    whole.save(tmp_path / "three.pellucid")
    again = pellucid.load(tmp_path / "three.pellucid")
    assert np.array_equal(again.predict(X), whole.predict(X))
    loss = whole.evaluate(X, CLASSES[np.arange(50) % 3])["loss"]
    whole.fit(X, CLASSES[np.arange(50) % 3], 20, verbose=0)
    assert whole.evaluate(X, CLASSES[np.arange(50) % 3])["loss"] < loss, "it can be trained further"
    assert all(np.array_equal(net.predict(X), then) for net, then in zip(nets, before, strict=True)), "and they not"


def test_members_of_an_ensemble_behind_other_layers(rng):
    """What stands before is each member's too, also where names meet."""
    net = Network([Input(3), Dense(4, "tanh"), Ensemble([[Dense(2)], [Dense(5, "tanh"), Dense(2)]])], dtype="float64")
    first, second = net.members()
    assert [name for name, _ in second.layers] == ["dense_1", "member_2_dense_1", "dense_2"]
    X = rng.normal(size=(20, 3))
    np.testing.assert_allclose(net.predict(X), (first.predict(X) + second.predict(X)) / 2, rtol=1e-12)


def test_networks_that_do_not_go_together_are_refused():
    net = Network([Input(2), Dense(1)])
    other = Network([Input(2), Dense(1)])
    other.feature_names = ("age", "height")
    for nets, text in (
        ([], "ensemble: give at least one network."),
        ([net, "mine"], "ensemble: entry 1 is no Network, got 'mine'."),
        ([net, Network([Input(3), Dense(1)])],
         "ensemble: network 0 has input shape (2,), but network 1 has (3,). Networks that are averaged share it."),
        ([net, net, Network([Input(2), Dense(2)])],
         "ensemble: network 0 has output shape (1,), but network 2 has (2,). Networks that are averaged share it."),
        ([net, other], "ensemble: network 0 has feature names None, but network 1 has ('age', 'height'). "
         "Networks that are averaged share it."),
    ):  # fmt: skip
        with pytest.raises(DescriptionError) as error:
            pellucid.ensemble(nets)
        assert str(error.value) == text
    with pytest.raises(DescriptionError) as error:
        net.member_predictions([[1, 2]])
    assert str(error.value) == (
        'Network "network" ends with "dense_1" (Dense), so it has no members. Networks made by pellucid.ensemble or '
        "ending with an Ensemble layer have."
    )


REFUSED = {
    "no members": (lambda: Ensemble(), "Ensemble: give at least one member, a list of layers."),
    "one list of layers": (lambda: Ensemble([Dense(2)]),
        f"Ensemble: member 1 must be a list of layers, got {Dense(2)!r}."),
    "no list": (lambda: Ensemble(3), "Ensemble: members must be a list of lists of layers."),
    "an empty member": (lambda: Ensemble([[Dense(2)], []]), "Ensemble: member 2 has no layers. Give at least one."),
    "an Input": (lambda: Ensemble([[Input(2)]]), "Ensemble: Input stands at the start of a network only."),
    "too few weights": (lambda: Ensemble([[Dense(2)], [Dense(2)]], weights=[1]),
        "Ensemble: 1 weights for 2 members. Give one for each member."),
    "a weight of nothing": (lambda: Ensemble([[Dense(2)], [Dense(2)]], weights=[1, 0]),
        "Ensemble: weights must be positive numbers, one for each member, got [1, 0]."),
    "members of two shapes": (lambda: Network([Input(3), Ensemble([[Dense(2)], [Dense(4), Activation("tanh")]])]),
        'Layer 1 "ensemble_1" (Ensemble): member 1 gives 2, but member 2 gives 4, so there is no mean. End all members '
        "alike, for instance with Dense(2)."),
    "a layer within": (lambda: Network([Input((2, 3)), Ensemble([[Flatten()], [Dense(2)]], name="both")]),
        'Layer 1 "both", member 2, "dense_1" (Dense) takes one number for each input, but its input has shape 2 × 3. '
        "Put Flatten() before it."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, text = REFUSED[case]
    with pytest.raises(DescriptionError) as error:
        call()
    assert str(error.value) == text
