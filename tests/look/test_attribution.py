"""Each attribution against its own theorem, and each theorem against a planted fault."""

import itertools

import numpy as np
import pytest
from look_nets import curved, exercise, pictures, straight

from pellucid import Dense, Embedding, Input, Network
from pellucid.errors import DataError, DescriptionError
from pellucid.look.probe import Probe
from pellucid.look.shapley import shapley

METHODS = ("gradient_x_input", "integrated_gradients", "occlusion", "shapley", "last_layer")


@pytest.mark.parametrize("of", ["z", "a"])
def test_the_gradients_are_those_of_central_differences(of):
    net, X = curved()
    probe, v = Probe(net, of=of), np.random.default_rng(2).normal(size=(5, 3))
    found, h = probe.gradients(X[:5], v), 1e-5
    for k in range(4):
        step = np.eye(4)[k] * h
        there, back = ((probe.values(X[:5] + s) * v).sum(axis=1) for s in (step, -step))
        assert found[:, k] == pytest.approx((there - back) / (2 * h), rel=1e-6, abs=1e-9)


def test_the_probe_s_values_are_the_network_s_own():
    net, X = curved()
    trace = net.trace(X)
    assert np.allclose(Probe(net, of="z").values(X), trace["dense_3"].z, rtol=1e-12)
    assert np.allclose(Probe(net, "dense_1", "a").values(X), trace["dense_1"].a, rtol=1e-12)
    with pytest.raises(DescriptionError) as caught:
        Probe(net, "dens_1")
    assert str(caught.value) == 'No layer "dens_1". Did you mean "dense_1"? Known: dense_1, dense_2, dense_3.'


@pytest.mark.parametrize("of", ["z", "a"])
def test_integrated_gradients_are_complete_as_steps_grow(of):
    net, X = curved()
    probe = Probe(net, of=of)
    start = X.mean(axis=0)
    gaps = []
    for steps in (4, 16, 64, 256, 1024):
        found = net.attribute(X[3], target="dog", baseline=start, of=of, steps=steps)
        there, at_start = probe.values(np.stack([X[3], start]))[:, 1]
        assert found.expected == pytest.approx(there - at_start, abs=1e-12)
        gaps.append(abs(found.gap))
    assert gaps[-1] < 1e-6
    assert gaps[-1] < gaps[0] / 1000  # the midpoint rule: the gap falls with the square of the steps
    assert abs(found.total) > 0.01


def test_a_planted_fault_in_the_gradients_breaks_completeness(monkeypatch):
    net, X = curved()
    right = Probe.gradients
    assert abs(net.attribute(X[0], steps=512).gap) < 1e-4
    monkeypatch.setattr(Probe, "gradients", lambda self, X, v: 1.001 * right(self, X, v))
    found = net.attribute(X[0], steps=512)
    assert abs(found.gap) == pytest.approx(0.001 * abs(found.expected), rel=0.2)
    assert abs(found.gap) > 1e-4


def test_in_a_linear_network_every_method_gives_the_same_parts():
    net, X = straight()
    x = X[0]
    w = np.diag(1 / np.array([2.0, 1, 1, 3])) @ net.weights["dense_1.weights"] @ net.weights["dense_2.weights"]
    for method in METHODS[:4]:
        found = net.attribute(x, method, target=1)
        assert found.parts == pytest.approx(w[:, 1] * x, abs=1e-12)
        assert found.gap == pytest.approx(0, abs=1e-12)


def test_gradient_x_input_is_not_exact_with_a_planted_curve():
    net, X = curved()
    assert abs(net.attribute(X[0], "gradient_x_input").gap) > 0.1


@pytest.mark.parametrize("net_and_rows", [exercise, curved, straight])
def test_the_last_layer_s_parts_add_up_to_z(net_and_rows):
    net, X = net_and_rows()[:2]
    trace = net.trace(X[:6], dtype="float64")
    last = trace[net.layers[-1][0]]
    for k in range(6):
        for unit in range(net.output_units):
            found = net.attribute(X[k], "last_layer", target=unit)
            assert found.value == pytest.approx(float(last.z[k, unit]), rel=1e-12)
            assert found.total == pytest.approx(found.value, rel=1e-9, abs=1e-12)
    w = net.weights[f"{last.name}.weights"].astype(float)
    assert found.parts == pytest.approx(w[:, unit] * last.input[5].ravel(), rel=1e-12)


@pytest.mark.parametrize("patch", [1, 3, (2, 5)])
def test_occlusion_is_the_difference_that_it_claims(patch):
    net, X, _ = pictures()
    net = Network.from_dict(net.to_dict() | {"dtype": "float64"})
    found = net.attribute(X[0], "occlusion", target=2, baseline=0.25, of="a", patch=patch)
    high, wide = patch if isinstance(patch, tuple) else (patch, patch)
    said = net.predict(X[:1])[0, 2]
    for row in range(0, 8, high):
        for column in range(0, 7, wide):
            covered = X[0].copy()
            covered[row : row + high, column : column + wide] = 0.25
            part = found.parts[row : row + high, column : column + wide]
            assert part.sum() == pytest.approx(said - net.predict(covered[None])[0, 2], abs=1e-12)
            assert np.ptp(part) == 0


def test_inputs_that_the_network_does_not_see_have_no_part():
    net, X = curved()
    w = net.weights["dense_1.weights"]
    w[2] = 0
    net.set_weights({"dense_1.weights": w})
    for method in METHODS[:4]:
        parts = net.attribute(X[0], method).parts
        assert parts[2] == pytest.approx(0, abs=1e-12)
        assert np.abs(parts[[0, 1, 3]]).min() > 1e-4


def test_text_names_inputs_and_says_how_exact_it_is():
    net = Network([Input(2), Dense(1, "sigmoid")])
    net.set_weights({"dense_1.weights": [[2.0], [-1.0]], "dense_1.bias": [0.5]})
    net.feature_names = ("height", "age")
    assert net.attribute([3, 1], "occlusion").text() == (
        "z of dense_1[0] = 5.5, parts by occlusion\n\n"
        "input   value  part\n"
        "height      3     6\n"
        "age         1    -1\n\n"
        "sum 5, expected 5 (exact for networks that add up what the inputs do)"
    )


def test_pictures_of_attributions(tmp_path):
    from PIL import Image

    net, X, _ = pictures()
    net.attribute(X[0]).save(tmp_path / "heat.png")
    table, rows = curved()
    table.attribute(rows[0], "last_layer").save(tmp_path / "bars.png")
    for name in ("heat.png", "bars.png"):
        assert min(Image.open(tmp_path / name).size) > 200
    with pytest.raises(DescriptionError) as caught:
        table.attribute(rows[0]).save(tmp_path / "bars.gif")
    assert str(caught.value) == f'{tmp_path}/bars.gif: expected a file that ends with .svg or .png, not ".gif".'


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"method": "gradient"}, DescriptionError,
         'Unknown method "gradient". Did you mean "gradient_x_input"? Known: gradient_x_input, integrated_gradients, '
         'occlusion, shapley, last_layer.'),
        ({"target": "dgo"}, DescriptionError,
         'The last layer "dense_3" has no unit "dgo". Did you mean "dog"? Known: cat, dog, fox. Its units are 0 to 2.'),
        ({"target": 3}, DescriptionError, 'The last layer "dense_3" has no unit 3. Its units are 0 to 2.'),
        ({"of": "y"}, DescriptionError, "of: expected \"z\" (the weighted input) or \"a\" (the activation), got 'y'."),
        ({"baseline": [[0.0] * 4] * 2}, DataError,
         "baseline: expected a number or one sample, got 2 samples. Give X.mean(axis=0)."),
        ({"method": "gradient_x_input", "baseline": 1.0}, DescriptionError,
         "gradient_x_input compares with 0 and takes no baseline. Leave it out."),
    ],
)  # fmt: skip
def test_what_cannot_be_attributed(options, error, words):
    net, X = curved()
    with pytest.raises(error) as caught:
        net.attribute(X[0], **options)
    assert str(caught.value) == words


def test_codes_have_no_gradient_but_can_be_occluded():
    net = Network([Input(2), Embedding(4, 2), Dense(1)])
    with pytest.raises(DescriptionError, match='Use method="shapley", "occlusion" or "last_layer"'):
        net.attribute([0.5, 3])
    assert net.attribute([0.5, 3], "occlusion").parts.shape == (2,)


def shares(values, x, start, groups):
    """Shapley's definition: the mean over all orders, one by one."""
    total, orders = np.zeros(len(groups)), list(itertools.permutations(range(len(groups))))
    for order in orders:
        now = start.copy()
        for k in order:
            before = float(values(now[None])[0])
            now[groups[k]] = x[groups[k]]
            total[k] += float(values(now[None])[0]) - before
    return total / len(orders)


def wavy(X):
    return X[:, 0] * np.sin(X[:, 1]) + X[:, 2] * X[:, 3] * X[:, 4] - X[:, 0] ** 2


GROUPS = [np.array([0]), np.array([1, 4]), np.array([2]), np.array([3])]


def test_shapley_values_are_those_of_all_orders(rng):
    x, start = rng.normal(size=5), rng.normal(size=5)
    found = shapley(wavy, x, start, GROUPS)
    assert found == pytest.approx(shares(wavy, x, start, GROUPS), rel=1e-12)
    several = shapley(lambda X: np.stack([wavy(X), 2 * wavy(X)], axis=1), x, start, GROUPS)
    assert several == pytest.approx(np.stack([found, 2 * found], axis=1))


def test_drawn_orders_add_up_and_come_near(rng, monkeypatch):
    x, start = rng.normal(size=5), rng.normal(size=5)
    exact = shapley(wavy, x, start, GROUPS)
    monkeypatch.setattr("pellucid.look.shapley.ALL_SUBSETS", 0)
    for orders in (2, 800):
        found = shapley(wavy, x, start, GROUPS, orders)
        assert found.sum() == pytest.approx(wavy(x[None])[0] - wavy(start[None])[0], rel=1e-12)
    assert found == pytest.approx(exact, abs=0.4)
    assert not np.allclose(shapley(wavy, x, start, GROUPS, 2), exact, atol=0.5), "few orders must differ from all"


def test_shapley_of_a_network_keeps_its_sum_where_occlusion_does_not():
    net, X = curved()
    assert net.attribute(X[0], "shapley", of="a").gap == pytest.approx(0, abs=1e-12)
    assert abs(net.attribute(X[0], "occlusion", of="a").gap) > 1e-3


def test_shapley_takes_patches_of_a_picture():
    net, X, _ = pictures()
    found = net.attribute(X[0], "shapley", target=2, of="a", patch=(4, 4), steps=4)
    assert found.gap == pytest.approx(0, abs=1e-9)
    assert np.ptp(found.parts[:4, :4]) == 0


def test_the_one_output_is_known_by_its_class():
    net = Network([Input(2), Dense(1, "sigmoid")])
    net.set_weights({"dense_1.weights": [[2.0], [-1.0]]})
    net.class_names = ("no", "yes")
    assert net.attribute([3, 1], "gradient_x_input", target="yes").parts.tolist() == [6.0, -1.0]
    with pytest.raises(DescriptionError) as error:
        net.attribute([3, 1], target="no")
    assert str(error.value) == (
        'target: the one output speaks for "yes", and what speaks against it speaks for "no". Ask for target="yes".'
    )
    with pytest.raises(DescriptionError) as error:
        net.attribute([3, 1], "occlusion", patch=2.5)
    assert str(error.value) == "patch must be a whole number of at least 1, got 2.5."
