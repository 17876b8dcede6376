"""The five steps: what fit, evaluate and predict promise about splits, weights, histories, losses and classes."""

import numpy as np
import pytest

from pellucid import Dense, DescriptionError, DivergedError, Dropout, Input, Network
from pellucid.metrics import Precision
from pellucid.optimizers import OPTIMIZERS

TINY = {"kind": "sgd", "rate": 1e-12}


def data(count=60, inputs=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(count, inputs))
    return X, X @ np.arange(1.0, inputs + 1)


def classifier(optimizer="adam", units=3, dtype="float32", **how):
    net = Network([Input(3), Dense(6, activation="tanh"), Dense(units, activation="softmax")], seed=1, dtype=dtype)
    net.compile("categorical_crossentropy", optimizer, **how)
    return net


def test_a_network_learns():
    X, y = data(200)
    net = Network([Input(3), Dense(1)], seed=1)
    net.compile("mse", {"kind": "adam", "rate": 0.05})
    history = net.fit(X, y, 100, verbose=0)
    assert history.history["loss"][-1] < 1e-4 < history.history["loss"][0]
    np.testing.assert_allclose(net.weights["dense_1.weights"].ravel(), [1, 2, 3], atol=0.01)


# --- what is held out ------------------------------------------------------------------------------------------------


def test_the_split_holds_out_the_same_share_of_every_class():
    """By the classes that evaluate sees: 20 %, rounded, of 50, 30 and 20."""
    y = np.repeat([0, 1, 2], [50, 30, 20])
    X = np.random.default_rng(0).normal(size=(100, 3))
    net = classifier(TINY, metrics=["accuracy"])
    from pellucid.training.samples import split_samples, take_samples

    train, held = split_samples(net, net.loss, take_samples(net, net.loss, X, y), 0.2, 7)
    assert np.bincount(y[held.rows]).tolist() == [10, 6, 4]
    assert np.bincount(y[train.rows]).tolist() == [40, 24, 16]
    history = net.fit(X, y, validation_split=0.2, seed=7, verbose=0)
    assert (history.params["samples"], history.params["validation_samples"]) == (80, 20)
    expected = net.evaluate(X[held.rows], y[held.rows])
    assert history.history["val_loss"][-1] == pytest.approx(expected["loss"], rel=1e-6)
    assert history.history["val_accuracy"][-1] == pytest.approx(expected["accuracy"])


@pytest.mark.parametrize("form", ["labels", "names", "one-hot"])
def test_the_form_of_the_targets_changes_no_weight(form):
    X, _ = data()
    labels = np.arange(60) % 3
    y = {"labels": labels, "names": np.array(["ant", "bee", "cat"])[labels], "one-hot": np.eye(3)[labels]}[form]
    nets = []
    for targets in (labels, y):
        nets.append(classifier())
        nets[-1].fit(X, targets, 3, 16, validation_split=0.25, class_weight="balanced", verbose=0)
    assert np.array_equal(nets[0].parameters, nets[1].parameters)


def test_held_out_samples_are_not_trained_on():
    X, _ = data()
    y = np.arange(60) % 3
    nets = [classifier() for _ in range(2)]
    from pellucid.data.split import stratified_split

    train, held = stratified_split(y, 0.25, 1, True)
    spoilt = X.copy()
    spoilt[held] = 1e6
    for net, features in zip(nets, (X, spoilt), strict=True):
        net.fit(features, y, 3, validation_split=0.25, seed=1, verbose=0)
    assert np.array_equal(nets[0].parameters, nets[1].parameters)
    assert len(train) == 45


def test_validation_changes_no_weight():
    X, _ = data()
    y = np.arange(60) % 3
    alone, watched = classifier(), classifier()
    alone.fit(X, y, 3, verbose=0)
    watched.fit(X, y, 3, validation_data=(X[:9], y[:9]), verbose=0)
    assert np.array_equal(alone.parameters, watched.parameters)


# --- weights of samples and classes ----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", ["mean_squared_error", "total_squared_error", "huber"])
def test_a_weight_of_two_is_the_row_twice(loss):
    """With the batch's mean taken over rows, doubled rows count 1/n each: so weights are scaled to the same mean."""
    X, y = data(10)
    weight = np.ones(10)
    weight[4] = 2.0
    share = 1.0 if loss == "total_squared_error" else 10 / 11
    twice = np.concatenate([np.arange(10), [4]])
    nets = []
    for features, targets, weights in ((X, y, weight * share), (X[twice], y[twice], None)):
        net = Network([Input(3), Dense(4, activation="tanh"), Dense(1)], seed=1, dtype="float64")
        net.compile(loss, {"kind": "gradient_descent", "rate": 0.01})
        net.fit(features, targets, 10, sample_weight=weights, verbose=0)
        nets.append(net)
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-11)


def test_a_weight_of_zero_is_the_row_left_out():
    X, y = data(10)
    nets = []
    for rows, weight in ((slice(None), np.arange(10) != 9), (slice(9), None)):
        net = Network([Input(3), Dense(4, activation="tanh"), Dense(1)], seed=1, dtype="float64")
        net.compile("total_squared_error", {"kind": "gradient_descent", "rate": 0.01})
        net.fit(X[rows], y[rows], 10, sample_weight=weight, verbose=0)
        nets.append(net)
    np.testing.assert_allclose(nets[0].parameters, nets[1].parameters, rtol=1e-12)


def test_balanced_classes_weigh_the_same():
    """n / (classes · n_c), as scikit-learn's compute_class_weight."""
    from sklearn.utils.class_weight import compute_class_weight

    X, _ = data()
    y = np.repeat([0, 1, 2], [40, 15, 5])
    given = dict(enumerate(compute_class_weight("balanced", classes=np.arange(3), y=y)))
    nets = []
    for weights in ("balanced", given, {"sample": [given[label] for label in y]}):
        net = classifier()
        how = {"sample_weight": weights["sample"]} if "sample" in weights else {"class_weight": weights}
        net.fit(X, y, 3, verbose=0, **how)
        nets.append(net.parameters)
    assert np.array_equal(nets[0], nets[1])
    assert np.array_equal(nets[0], nets[2])


def test_weights_of_classes_whose_names_are_numbers():
    """7 and 9 are names, in the weights as among the targets; so are 1 and 2, which could be labels."""
    X, _ = data()
    y = np.repeat([1, 2, 7], 20)
    nets = []
    for weights in ({1: 2.0, 2: 3.0, 7: 4.0}, {"1": 2.0, "2": 3.0, "7": 4.0}):
        net = classifier()
        net.class_names = ("1", "2", "7")
        net.fit(X, y, 2, class_weight=weights, verbose=0)
        nets.append(net.parameters)
    by_hand = classifier()
    by_hand.fit(X, np.repeat([0, 1, 2], 20), 2, sample_weight=np.repeat([2.0, 3.0, 4.0], 20), verbose=0)
    assert np.array_equal(nets[0], nets[1])
    assert np.array_equal(nets[0], by_hand.parameters)


# --- losses and histories --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_size", [60, 16, 7])
@pytest.mark.parametrize("loss", ["mean_squared_error", "squared_error", "total_squared_error", "huber"])
def test_fit_and_evaluate_mean_the_same_loss(loss, batch_size):
    """With a rate that moves nothing they agree, whatever the batches, penalties included."""
    X, y = data()
    net = Network([Input(3), Dense(4, activation="tanh", regularizer="l1_l2"), Dense(1)], seed=1, dtype="float64")
    net.compile(loss, TINY)
    history = net.fit(X, y, 2, batch_size, validation_data=(X, y), verbose=0, sample_weight=np.linspace(0.5, 1.5, 60))
    expected = net.evaluate(X, y, np.linspace(0.5, 1.5, 60))["loss"]
    assert history.history["loss"] == pytest.approx([expected] * 2, rel=1e-8)
    assert history.history["val_loss"][-1] == pytest.approx(net.evaluate(X, y)["loss"], rel=1e-12)
    assert expected > net.penalty() > 0.01


def test_evaluate_leaves_dropout_out():
    X, y = data()
    net = Network([Input(3), Dense(50), Dropout(0.5), Dense(1)], seed=1)
    net.compile("mse", TINY)
    history = net.fit(X, y, 2, verbose=0)
    first = net.evaluate(X, y)["loss"]
    assert first == net.evaluate(X, y)["loss"]
    assert history.history["loss"][0] != pytest.approx(first, rel=1e-3)
    assert first == pytest.approx(float(np.mean((net.predict(X)[:, 0] - y) ** 2)), rel=1e-5)


def test_history_grows_over_calls():
    X, y = data()
    net = Network([Input(3), Dense(1)])
    net.compile("mse", "sgd")
    first = net.fit(X, y, 3, verbose=0)
    second = net.fit(X, y, 2, validation_split=0.2, verbose=0)
    assert first is second is net.history
    assert first.epoch == [0, 1, 2, 3, 4]
    assert {name: len(values) for name, values in first.history.items()} == dict.fromkeys(
        ("loss", "learning_rate", "seconds", "val_loss"), 5
    )
    assert np.isnan(first.history["val_loss"][:3]).all()
    assert np.isfinite(first.history["val_loss"][3:]).all()
    assert net.updates == 3 * 2 + 2 * 2


def test_no_two_epochs_have_the_same_order_and_the_seed_decides_it():
    from pellucid.training.loop import _order

    rows = np.arange(50)
    orders = [tuple(_order(rows, True, seed, epoch)) for seed in (0, 1) for epoch in (0, 1, 2)]
    assert len(set(orders)) == 6
    assert all(sorted(order) == rows.tolist() for order in orders)
    assert orders[1] == tuple(_order(rows, True, 0, 1))
    assert _order(rows, False, 0, 1) is rows


# --- diverging -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS.names)
def test_a_diverging_run_is_stopped_and_leaves_what_was_good(optimizer):
    X, y = data()
    net = Network([Input(3), Dense(4), Dense(1)], seed=1)
    rate = 1e30 if optimizer in ("rmsprop", "adagrad", "adam", "adamw") else 1e6
    net.compile("mse", {"kind": optimizer, "rate": {"kind": "step", "rate": 1e-3, "every": 2, "factor": rate / 1e-3}})
    kept, batch = [], None if optimizer == "gradient_descent" else 16
    with pytest.raises(DivergedError) as error:
        net.fit(X, y, 60, batch, verbose=0, callbacks=lambda m: kept.append((m.weights(), m.network.updates)))
    assert str(error.value).startswith(f"Training diverged in epoch {len(kept) + 1}, step ")
    assert 2 <= len(kept) < 60
    assert np.array_equal(net.parameters, kept[-1][0])
    assert net.updates == kept[-1][1]
    assert np.isfinite(net.optimizer_memories()).all(), "what the optimizer remembers is put back too"
    assert len(net.history.epoch) == len(kept)


def test_what_is_said_of_a_diverging_run():
    net = Network([Input(1), Dense(1, bias=False)], seed=1)
    net.set_weights({"dense_1.weights": [[5.0]]})
    net.compile("mse", {"kind": "sgd", "rate": 1e30})
    with pytest.raises(DivergedError) as error:
        net.fit([[1.0], [1.0]], [1.0, 1.0], 5, 1, verbose=0)  # w = 5 − 8·10³⁰, whose square float32 cannot hold
    assert str(error.value) == (
        "Training diverged in epoch 1, step 2 of 2: the cost is nan, and the first numbers that are not finite are "
        "those of the loss. The weights from before this epoch are put back. Use a smaller learning rate (it was "
        "1e+30), clip_norm, or inputs scaled to about −1…1."
    )
    assert net.parameters.tolist() == [5.0]


# --- classes ---------------------------------------------------------------------------------------------------------


def test_classes_come_back_by_name():
    X, _ = data(90)
    names = np.array(["low", "high"])[(X[:, 0] > 0).astype(int)]
    for units, activation, loss in ((1, "sigmoid", "binary_crossentropy"), (2, "softmax", "cross_entropy"),
                                    (1, "tanh", "hinge"), (1, "step", "perceptron")):  # fmt: skip
        net = Network([Input(3), Dense(units, activation=activation)], seed=1)
        net.compile(loss, {"kind": "sgd", "rate": 0.5}, ["accuracy"])
        net.fit(X, names, 60, verbose=0)
        assert net.class_names == ("high", "low"), "in sorted order"
        found = net.predict_classes(X)
        assert (found == names).mean() > 0.95
        assert net.evaluate(X, names)["accuracy"] == pytest.approx((found == names).mean())


def test_the_threshold_of_a_metric_fits_the_targets_of_the_loss():
    """Those of hinge are −1 and 1; a threshold that the user gives stays what it is."""
    thresholds = []
    for loss, activation in (("hinge", "tanh"), ("binary_crossentropy", "sigmoid")):
        net = Network([Input(3), Dense(1, activation=activation)])
        given = {"kind": "recall", "threshold": 0.7}
        net.compile(loss, metrics=["accuracy", {"kind": "f1"}, given, Precision(), "mse"])
        thresholds.append([getattr(metric, "threshold", None) for metric in net.metrics])
    assert thresholds == [[0.0, 0.0, 0.7, 0.5, None], [0.5, 0.5, 0.7, 0.5, None]]


def test_labels_come_back_as_labels():
    X, _ = data()
    y = (X[:, 0] > 0).astype(int) + (X[:, 0] > 1)
    net = classifier({"kind": "adam", "rate": 0.05})
    net.fit(X, y, 100, verbose=0)
    found = net.predict_classes(X)
    assert found.dtype == np.int64
    assert (found == y).mean() > 0.9
    assert np.array_equal(found, net.predict(X).argmax(axis=1))


def test_numbers_have_no_classes():
    X, y = data()
    net = Network([Input(3), Dense(1)])
    net.compile("mse")
    net.fit(X, y, verbose=0)
    with pytest.raises(DescriptionError, match="so there are no classes"):
        net.predict_classes(X)


def test_whole_numbers_that_are_names_of_classes_are_taken_as_names(rng):
    X = rng.normal(size=(40, 2))
    named = np.where(X[:, 0] > 0, "7", "3")
    net = Network([Input(2), Dense(1, "sigmoid")])
    net.compile("binary_crossentropy", {"kind": "adam", "rate": 0.1}, ["accuracy"])
    net.fit(X, named, epochs=40, verbose=0)
    assert net.class_names == ("3", "7")
    assert net.evaluate(X, named.astype(int)) == net.evaluate(X, named)
    assert net.evaluate(X, (X[:, 0] > 0).astype(int)) == net.evaluate(X, named)  # labels from 0 stay labels


def test_a_cost_that_is_not_finite_does_not_keep_the_metrics_from_all_samples():
    """Its batch was once the last that was run, and the outputs of all others were taken for 0."""
    labels = np.arange(600) % 3
    X = np.eye(3, dtype=np.float32)[labels]
    X[3] *= 3e20
    net = Network([Input(3), Dense(3)])
    net.compile("mse", metrics=["accuracy"])
    net.set_weights({"dense_1.weights": np.eye(3)})
    assert net.evaluate(X, labels) == {"loss": np.inf, "accuracy": 1.0}


@pytest.mark.parametrize("put", [
    lambda net, w: net.parameters.__setitem__(slice(None), w),
    lambda net, w: net.put_back(w),
    lambda net, w: net.set_weights({"dense_1.weights": w[:3, None], "dense_1.bias": w[3:]}),
])  # fmt: skip
def test_weights_that_were_put_in_are_not_drawn_anew(put):
    """A seed of fit draws the weights of a network that is as it began, and of no other."""
    X, y = data()
    net, other = (Network([Input(3), Dense(1)], seed=1) for _ in range(2))
    for one in (net, other):
        one.compile("mse", TINY)
    put(net, np.array([5.0, 6.0, 7.0, 8.0]))
    for one in (net, other):
        one.fit(X, y, seed=7, verbose=0)
    np.testing.assert_allclose(net.parameters, [5, 6, 7, 8])
    np.testing.assert_allclose(other.parameters, Network([Input(3), Dense(1)], seed=7).parameters, atol=1e-9)
