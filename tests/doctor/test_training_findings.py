"""The doctor on networks and trainings: units, gradients, rates, fitting."""

import numpy as np
import pytest

from pellucid import BatchNorm, Dense, Dropout, Input, Network
from pellucid.callbacks import EarlyStopping
from pellucid.training.history import History


def table(n=200, seed=0):
    X = np.random.default_rng(seed).normal(size=(n, 4))
    return X, (X.sum(axis=1) > 0).astype(int)


def network(*hidden, optimizer="sgd", loss="binary_crossentropy", output="sigmoid", seed=0):
    net = Network([Input(4), *hidden, Dense(1, output)], name="patient", seed=seed)
    net.compile(loss, optimizer, ["accuracy"] if output == "sigmoid" else [])
    return net


def only(found, name):
    (one,) = found.named(name)
    return one


def with_history(loss, val_loss=None, **params):
    """An untrained network that remembers these figures."""
    net = network(Dense(6, "tanh"))
    history = History()
    for k, value in enumerate(loss):
        history.add(k, {"loss": value} | ({} if val_loss is None else {"val_loss": val_loss[k]}))
    history.params = params
    net.adopt_history(history)
    return net


def test_dead_units_are_named_with_their_largest_z():
    net = network(Dense(6, "relu"))
    bias = np.array([0, -90, 0, -70, 0, 0.0])
    net.set_weights({"dense_1.bias": bias})
    X, y = table()
    one = only(net.diagnose(X, y), "dead units")
    z = X @ net.weights["dense_1.weights"] + bias
    assert (one.severity, str(one.place)) == ("warning", "dense_1[1]")
    assert one.evidence == {"dead units": 2, "units": 6, "which": "1, 3",
                            "largest z": pytest.approx(z[:, [1, 3]].max(), rel=1e-5)}  # fmt: skip
    net.set_weights({"dense_1.bias": bias - 90})
    found = net.diagnose(X, y)
    assert only(found, "dead units").severity == "error"
    assert only(found, "vanishing gradients").place.layer == "dense_1"


def test_saturated_units():
    X, y = table()
    net = network(Dense(4, "tanh"))
    net.set_weights({"dense_1.bias": [0, 8, 0, 9]})
    one = only(net.diagnose(X, y), "saturated units")
    assert (one.severity, one.place.layer, one.evidence["which"]) == ("warning", "dense_1", "1, 3")
    assert one.evidence["always at the same end"] == 2
    assert not network(Dense(4, "tanh")).diagnose(X, y).named("saturated units")


def test_vanishing_and_exploding_gradients_name_the_layer():
    X, y = table()
    deep = network(*[Dense(10, "sigmoid") for _ in range(8)])
    one = only(deep.diagnose(X, y), "vanishing gradients")
    trace = deep.trace(X, y, dtype="float64")
    norms = [np.linalg.norm(trace[name].delta, axis=1).mean() for name in ("dense_1", "dense_9")]
    assert one.place.layer == "dense_1"
    assert one.evidence["share of the last layer's"] == pytest.approx(norms[0] / norms[1], rel=0.3)
    wild = network(*[Dense(10, "identity", initializer={"kind": "normal", "stddev": 3.0}) for _ in range(6)])
    assert only(wild.diagnose(X, y), "exploding gradients").place.layer == "dense_1"
    calm = network(*[Dense(10, "relu") for _ in range(4)]).diagnose(X, y)
    assert not calm.named("vanishing gradients") + calm.named("exploding gradients")


@pytest.mark.parametrize(("rate", "name"), [(1e4, "rate too high"), (1e-9, "rate too low"), (0.1, None)])
def test_the_size_of_a_step(rate, name):
    X, y = table()
    net = network(Dense(6, "tanh"), optimizer={"kind": "sgd", "rate": rate})
    found = net.diagnose(X, y)
    assert {one.name for one in found.findings if one.name.startswith("rate")} == ({name} if name else set())
    if name:
        one, trace = only(found, name), net.trace(X, y, dtype="float64")
        weights = trace.parameter(one.place.weights)
        ratio = np.linalg.norm(weights.update) / np.linalg.norm(weights.value)
        assert one.evidence == {"‖update‖/‖weights‖": pytest.approx(ratio, rel=1e-6), "learning rate": rate}


@pytest.mark.parametrize(
    ("loss", "name", "severity", "epoch"),
    [
        ([1.0, 0.5, 0.9, 0.4, 1.0, 0.5, 0.8], "rate too high", "warning", 4),
        ([1.0, 1.3, 2.0, 4.0], "rate too high", "error", 3),
        ([0.700 - 0.001 * k for k in range(12)], "rate too low", "warning", 11),
        ([0.7, 0.4, 0.2, 0.11, 0.09, 0.08, 0.079, 0.078, 0.0775, 0.0774, 0.0774, 0.0774], None, None, None),
    ],
)
def test_the_rate_by_the_history(loss, name, severity, epoch):
    found = [one for one in with_history(loss).diagnose().findings if one.name.startswith("rate")]
    assert [(one.name, one.severity, one.place.epoch) for one in found] == ([(name, severity, epoch)] if name else [])


def test_a_rate_that_is_too_high_in_a_real_training():
    X, _ = table()
    net = network(optimizer={"kind": "sgd", "rate": 1.2}, loss="mse", output="identity")
    net.fit(X, X @ [1, -1, 2, 0.5], epochs=8, batch_size=200, verbose=0)  # 2/λ is about 1: every step overshoots
    one, losses = only(net.diagnose(), "rate too high"), net.history.history["loss"]
    assert (one.severity, one.evidence["last loss"]) == ("error", losses[-1])


def test_underfitting():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = (X[:, 0] * X[:, 1] > 0).astype(int)  # no straight line parts these
    net = network()
    net.fit(X, y, epochs=20, verbose=0)
    one = only(net.diagnose(X, y), "underfitting")
    assert one.evidence["accuracy"] == pytest.approx(net.evaluate(X, y)["accuracy"])
    assert one.evidence["accuracy without inputs"] == np.bincount(y).max() / 200


@pytest.mark.parametrize(("loss", "output"), [("binary_crossentropy", "sigmoid"), ("hinge", "tanh")])
def test_an_output_right_in_the_middle_is_the_first_class(loss, output):
    """As ``predict_classes`` and the metrics have it."""
    net = network(loss=loss, output=output)
    net.set_weights({"dense_1.weights": np.zeros((4, 1)), "dense_1.bias": [0.0]})
    X, y = table()
    y = np.where(y == 0, -1, 1) if loss == "hinge" else y
    assert not net.predict_classes(X).any()
    one = only(net.diagnose(X, y), "underfitting")
    assert one.evidence["accuracy"] == pytest.approx((y != 1).mean())


def test_overfitting_by_rows_and_by_history():
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(40, 4)), rng.integers(0, 2, 40)  # nothing but chance
    held_out = rng.normal(size=(200, 4)), rng.integers(0, 2, 200)
    net = network(Dense(64, "tanh"), optimizer={"kind": "adam", "rate": 0.02})
    net.fit(X, y, epochs=150, batch_size=8, verbose=0, validation_data=held_out)
    one = only(net.diagnose(X, y, validation_data=held_out), "overfitting")
    assert one.evidence["accuracy on validation X"] == pytest.approx(net.evaluate(*held_out)["accuracy"])
    assert str(one.place) == "validation X"
    losses = net.history.history["val_loss"]
    assert only(net.diagnose(X, y), "overfitting").place.epoch == int(np.argmin(losses))


def test_weights_that_were_put_back_are_no_overfitting():
    held_out, loss = [1.0, 0.6, 0.5, 0.7, 0.9], [1.0, 0.5, 0.3, 0.2, 0.1]
    one = only(with_history(loss, held_out).diagnose(), "overfitting")
    assert one.evidence == {"best val_loss": 0.5, "last val_loss": 0.9, "loss then": 0.3, "last loss": 0.1}
    assert not with_history(loss, held_out, weights_of_epoch=2).diagnose().named("overfitting")
    X, y = table(60)
    net = network(Dense(4, "tanh"))
    net.fit(X, y, epochs=2, verbose=0)
    stop = EarlyStopping(monitor="accuracy", mode="min", patience=2)  # the wrong way round: stops soon
    net.fit(X, y, epochs=30, verbose=0, callbacks=stop)
    assert net.history.params["weights_of_epoch"] == 2 + stop.best_epoch


def test_unfinished_training():
    one = only(with_history([1.0, 0.9, 0.8, 0.7, 0.6, 0.5]).diagnose(), "unfinished training")
    assert (one.severity, one.place.epoch) == ("warning", 5)
    assert one.evidence == {"first loss": 1.0, "2 epochs before": 0.7, "last loss": 0.5}
    done = with_history([1.0, 0.5, 0.3, 0.25, 0.24, 0.238, 0.238])
    assert not done.diagnose().named("unfinished training")


def test_training_and_use_differ_by_dropout_and_by_running_statistics():
    X, y = table()
    net = network(Dense(32, "relu"), Dropout(0.6), optimizer="adam")
    net.fit(X, y, epochs=40, verbose=0)
    one = only(net.diagnose(X, y), "training and use differ")
    assert (one.severity, one.place.layer) == ("note", "dropout_1")
    assert one.evidence["cost in use"] == pytest.approx(net.evaluate(X, y)["loss"], rel=1e-4)
    net = network(Dense(8, "relu"), BatchNorm())
    net.fit(X, y, epochs=40, verbose=0)
    assert not net.diagnose(X, y).named("training and use differ")
    mean = net.weights["batchnorm_1.mean"]
    mean[3] += 50
    net.set_weights({"batchnorm_1.mean": mean})
    (one,) = (one for one in net.diagnose(X, y).named("training and use differ") if one.place.unit)
    assert (one.severity, str(one.place)) == ("warning", "batchnorm_1[3]")
    assert one.evidence["running mean"] == pytest.approx(mean[3])


def test_weights_that_are_not_finite():
    net = network(Dense(3, "relu"))
    net.parameters[5] = np.nan
    found = net.diagnose(*table())
    assert str(only(found, "weights not finite").place) == "dense_1, dense_1.weights[1, 2]"
    assert found.skipped["dead units"] == "a weight is not a finite number"


def test_findings_are_ranked_and_shown():
    X, y = table()
    X[4, 1] = np.nan
    X[:, 3] *= 60
    net = network(Dense(3, "relu"))
    net.feature_names = ("a", "<b>", "c", "d")
    found = net.diagnose(X, y)
    assert [one.severity for one in found.findings][:2] == ["error", "warning"]
    assert found.text().startswith(
        "patient: 1 error, 1 warning (13 checks made, 7 left out)\n\n"
        '1. error: missing values at X, row 4, column "<b>"\n'
        "   1 value is NaN or infinite; a network can take none.\n"
        "   evidence: values 1; rows 1; columns 1; in this column 1\n"
        "   remedy:   Fill such values in, for instance with the column's median, or drop their rows.\n\n"
        '2. warning: unscaled inputs at X, column "d", dense_1\n'
    )
    assert "&lt;b&gt;" in found.html()
    assert "<b>&quot;" not in found.html()
    assert found.to_dict()["findings"][0]["place"] == {"data": "X", "row": 4, "column": "<b>"}
    assert repr(found) == "<Diagnosis of patient: 1 error, 1 warning (13 checks made, 7 left out)>"
