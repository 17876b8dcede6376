"""Augment: what each field does to small pictures, against SciPy; that chance depends on nothing it should not."""

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import BSpline
from scipy.ndimage import map_coordinates

from pellucid import Dense, Flatten, Input, Network
from pellucid.engines import Data, make_engine
from pellucid.errors import DataError, DescriptionError
from pellucid.layers.augment.examples import augmented
from pellucid.layers.augment.spec import NAMES, Augment

sys.path.append(str(Path(__file__).parents[1] / "conformance"))
from central_differences import GradientCheck

EVERYTHING = {
    "shift": 2, "rotate": 30, "zoom": 0.2, "shear": 15, "flip": "both", "brightness": 0.3, "contrast": 0.4,
    "noise": 0.1, "cut_out": 3, "elastic": 1.5, "elastic_grid": 3, "fill": 0.25,
}  # fmt: skip


class TrainingCheck(GradientCheck):
    """Central differences of further training steps with the same seed and update, so the same draws."""

    def cost(self, parameters, features):
        return self.run("train", parameters, features)


class Step:
    """One training step of Augment and one unit on X, at rate 0; ``read`` gives the layer's slots."""

    def __init__(self, layer, X, *, seed=1, updates=0, threads=1, planned=None, dtype="float64", before=()):
        self.net = Network([Input(X.shape[1:]), *before, layer, Flatten(), Dense(1)], dtype=dtype, seed=3)
        self.net.compile(loss="mean_squared_error", optimizer="sgd")
        plan = self.net.plan(planned or len(X), labels=False)
        self.engine = make_engine(plan, threads)
        self.engine.parameters[:] = self.net.parameters
        rows = np.ascontiguousarray(X.reshape(len(X), -1), dtype)
        data, self.outputs = Data(rows, np.zeros((len(X), 1), dtype)), np.empty((len(X), 1), dtype)
        numbers = np.zeros((1, 3))
        for _ in self.engine.steps(
            "train", data, batch_size=len(X), outputs=self.outputs, step_numbers=numbers, updates=updates, seed=seed
        ):
            pass

    def read(self, name):
        return self.engine.read(f"augment_1.{name}")

    def drawn(self, name):
        return self.read("drawn")[:, NAMES.index(name)]


def moved_by_scipy(step, x, k):
    """Picture k of the step, moved as the table in Augment's docstring says and interpolated by SciPy."""
    layer = step.net.layers[0][1]
    drawn = dict(zip(NAMES, step.read("drawn")[k], strict=True))
    H, W, C = x.shape
    angle = drawn["rotate"]
    # (x, y) of a place, y upwards, from the picture's middle
    lean = np.array([[1, math.tan(drawn["shear"])], [0, 1]])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    matrix = drawn["zoom"] * turn @ lean @ np.diag([drawn["left_right"], drawn["top_bottom"]])
    i, j = np.mgrid[:H, :W].astype(float)
    places = np.stack([j - (W - 1) / 2 - drawn["across"], -(i - (H - 1) / 2 - drawn["down"])])
    source = np.tensordot(np.linalg.inv(matrix), places, 1)
    row, column = (H - 1) / 2 - source[1], (W - 1) / 2 + source[0]
    if layer.elastic:
        grid, cells = step.read("grid")[k], layer.elastic_grid
        basis = BSpline.basis_element(np.arange(5.0), extrapolate=False)
        of_rows, of_columns = (
            np.nan_to_num(basis((np.arange(n)[:, None] + 0.5) * cells / n - np.arange(cells + 3) + 3)) for n in (H, W)
        )
        bend = np.einsum("ia,jb,abk->ijk", of_rows, of_columns, grid)
        np.testing.assert_allclose(step.read("bend")[k], bend, atol=1e-12)
        row, column = row + bend[..., 0], column + bend[..., 1]
    mode, value = ("nearest", 0.0) if layer.fill == "edge" else ("grid-constant", layer.fill)
    return np.stack(
        [map_coordinates(x[..., c], [row, column], order=1, mode=mode, cval=value) for c in range(C)], axis=-1
    )


MOVES = [
    {"shift": 2}, {"shift": 1.5}, {"shift": (1, 2.5)}, {"rotate": 180}, {"zoom": 0.5}, {"shear": 40}, {"flip": "both"},
    {"flip": "horizontal", "shift": (2, 0)}, {"elastic": 2}, {"elastic": 1.0, "elastic_grid": 1, "rotate": 20},
    {"shift": 2, "rotate": 60, "zoom": 0.3, "shear": 20, "flip": "both", "elastic": 1.5, "elastic_grid": 6},
]  # fmt: skip


@pytest.mark.parametrize("fill", [0.0, -0.7, "edge"])
@pytest.mark.parametrize("move", MOVES, ids=lambda move: "-".join(move))
def test_the_same_places_and_interpolation_as_scipy(move, fill, rng):
    X = rng.normal(size=(20, 7, 10, 2))
    step = Step(Augment(**move, fill=fill), X)
    a = step.read("a")
    for k, x in enumerate(X):
        np.testing.assert_allclose(a[k], moved_by_scipy(step, x, k), atol=1e-11)


def test_whole_shifts_and_flips_do_not_change_a_bit(rng):
    X = rng.random((30, 5, 4, 1), np.float32)
    step = Step(Augment(shift=(1, 2), flip="both"), X, dtype="float32")
    for k, x in enumerate(X):
        down, across = int(step.drawn("down")[k]), int(step.drawn("across")[k])
        flipped = x[:: int(step.drawn("top_bottom")[k]), :: int(step.drawn("left_right")[k])]
        wide = np.pad(flipped, ((2, 2), (2, 2), (0, 0)))
        assert np.array_equal(step.read("a")[k], wide[2 - down : 7 - down, 2 - across : 6 - across])


def test_an_int_shifts_by_whole_pixels_all_equally_often():
    X = np.zeros((900, 4, 4, 1))
    step = Step(Augment(shift=(1, 0)), X)
    values, counts = np.unique(step.drawn("down"), return_counts=True)
    assert values.tolist() == [-1, 0, 1]
    assert counts.min() > 250
    assert not step.drawn("across").any()


def test_a_float_shifts_by_any_distance():
    down = Step(Augment(shift=1.0), np.zeros((900, 4, 4, 1))).drawn("down")
    assert len(np.unique(down)) > 890
    assert -1 <= down.min() < -0.98
    assert 0.98 < down.max() < 1


@pytest.mark.parametrize(("flip", "axes"), [("horizontal", {(1, -1)}), ("vertical", {(-1, 1)})])
def test_every_second_picture_is_flipped(flip, axes, rng):
    X = rng.normal(size=(400, 3, 3, 1))
    step = Step(Augment(flip=flip), X)
    found = set(zip(step.drawn("top_bottom"), step.drawn("left_right"), strict=True))
    assert found == {(1, 1)} | axes
    same = (step.read("a") == X).all(axis=(1, 2, 3))
    assert 160 < same.sum() < 240
    turned = X[:, :, ::-1] if flip == "horizontal" else X[:, ::-1]
    assert np.array_equal(step.read("a")[~same], turned[~same])


def test_ranges_are_met_and_kept():
    step = Step(Augment(rotate=90, zoom=0.25, shear=10, brightness=2, contrast=0.5), np.zeros((2000, 2, 2, 1)))
    for name, middle, most in (
        ("rotate", 0, math.pi / 2), ("zoom", 1, 0.25), ("shear", 0, math.radians(10)), ("contrast", 1, 0.5),
        ("brightness", 0, 2),
    ):  # fmt: skip
        off = (step.drawn(name) - middle) / most
        assert np.abs(off).max() <= 1 + 1e-12
        assert off.min() < -0.99
        assert off.max() > 0.99
        assert abs(off.mean()) < 0.04


def test_directions():
    """A quarter turn to the left, an upright line that leans to the right, a picture twice as large."""
    X = np.zeros((3000, 5, 5, 1))
    X[:, 0, 2] = 1  # the middle of the top row
    left, shear, zoom = (
        Step(Augment(**{name: most}), X) for name, most in (("rotate", 95), ("shear", 45), ("zoom", 0.6))
    )
    k = np.abs(left.drawn("rotate") - math.pi / 2).argmin()
    assert left.read("a")[k, 2, 0, 0] > 0.98
    k = np.abs(shear.drawn("shear") - math.atan(0.5)).argmin()
    assert shear.read("a")[k, 0, 3, 0] > 0.98
    k = np.abs(zoom.drawn("zoom") - 0.5).argmin()
    assert zoom.read("a")[k, 1, 2, 0] > 0.98


def test_tones(rng):
    X = rng.normal(size=(20, 3, 4, 2))
    step = Step(Augment(brightness=0.5, contrast=0.3), X)
    mean = X.mean(axis=(1, 2, 3), keepdims=True)
    factor, more = (step.drawn(name)[:, None, None, None] for name in ("contrast", "brightness"))
    np.testing.assert_allclose(step.read("a"), mean + (X - mean) * factor + more, atol=1e-14)


@pytest.mark.parametrize("side", [2, 3])
def test_cut_out_is_a_square_that_may_stand_over_the_border(side):
    X = np.ones((600, 6, 5, 2))
    step = Step(Augment(cut_out=side, fill=-1.0), X)
    sizes = set()
    for k, a in enumerate(step.read("a")):
        top, left = int(step.drawn("cut_row")[k]), int(step.drawn("cut_column")[k])
        expected = X[k].copy()
        expected[max(top, 0) : top + side, max(left, 0) : left + side] = -1
        assert np.array_equal(a, expected)
        assert -(side // 2) <= top < 6 - side // 2
        sizes.add((a[..., 0] == -1).sum())
    assert max(sizes) == side**2
    assert min(sizes) == (side // 2 if side % 2 == 0 else side // 2 + 1) ** 2


def test_noise_is_normal():
    a = Step(Augment(noise=0.5), np.zeros((200, 9, 9, 1))).read("a") / 0.5
    assert abs(a.mean()) < 0.02
    assert abs(a.std() - 1) < 0.02
    assert abs((a**3).mean()) < 0.05
    assert abs((a**4).mean() - 3) < 0.15
    assert abs((np.abs(a) < 1).mean() - 0.6827) < 0.01
    assert abs(np.corrcoef(a.reshape(200, -1), rowvar=False)[0, 1]) < 0.25  # the two of one pair


def test_elastic_stays_within_its_strength():
    bend = Step(Augment(elastic=3.0), np.zeros((300, 28, 28, 1))).read("bend")
    assert np.abs(bend).max() <= 3
    assert abs(bend.std() / 3 - 0.28) < 0.02


def test_nothing_changes_while_evaluating(rng):
    X = rng.random((20, 8, 7, 3), np.float32)
    net = Network([Input((8, 7, 3)), Augment(**EVERYTHING), Flatten()])
    assert np.array_equal(net.predict(X), X.reshape(20, -1))
    whole = Network([Input((8, 7, 3)), Augment(shift=1), Flatten()])
    assert np.array_equal(whole.predict(X), X.reshape(20, -1))


def test_nothing_changes_where_nothing_is_asked_for(rng):
    X = rng.random((5, 3, 3, 1))
    step = Step(Augment(), X)
    assert np.array_equal(step.engine.read("input"), X)
    assert not [name for name in step.engine.plan.slots if name.startswith("augment")]


def test_the_same_bits_on_any_number_of_threads(rng):
    X = rng.random((64, 16, 16, 3), np.float32)
    one, two = (Step(Augment(**EVERYTHING), X, threads=n, dtype="float32") for n in (1, 2))
    assert two.engine._worker_count("train", 64) == 2
    assert np.array_equal(one.read("a"), two.read("a"))
    assert np.array_equal(one.outputs, two.outputs)


def test_a_place_in_the_batch_draws_the_same_whoever_stands_beside_it(rng):
    X = rng.random((45, 8, 7, 1))
    whole, part = Step(Augment(**EVERYTHING), X), Step(Augment(**EVERYTHING), X[:21])
    for name in ("drawn", "grid", "bend", "moved", "a"):
        assert np.array_equal(whole.read(name)[:21], part.read(name))
    others = X.copy()
    others[np.arange(45) != 17] = 0.0
    assert np.array_equal(Step(Augment(**EVERYTHING), others).read("a")[17], whole.read("a")[17])
    passes = Step(Augment(**EVERYTHING), X, planned=16)
    assert passes.engine.plan.pass_groups == 1
    assert np.array_equal(passes.outputs, whole.outputs)


def test_seed_update_place_and_layer_draw_anew(rng):
    X = np.repeat(rng.random((1, 8, 7, 1)), 40, axis=0)
    layer = Augment(**EVERYTHING, name="augment_1")
    first, again = Step(layer, X), Step(layer, X)
    assert np.array_equal(first.read("a"), again.read("a"))
    others = Step(layer, X, seed=2), Step(layer, X, updates=1), Step(layer, X, before=[Augment(shift=1, name="other")])
    for other in others:
        assert not (other.read("drawn")[:, :3] == first.read("drawn")[:, :3]).all(axis=1).any()
        assert not (other.read("grid") == first.read("grid")).any()
    assert len(np.unique(first.read("a").reshape(40, -1), axis=0)) == 40


def test_what_is_drawn_for_one_field_does_not_depend_on_the_others():
    X = np.zeros((20, 8, 7, 1))
    alone, among = Step(Augment(rotate=30), X), Step(Augment(**EVERYTHING), X)
    assert np.array_equal(alone.drawn("rotate"), among.drawn("rotate"))


@pytest.mark.parametrize(
    "fields",
    [
        *MOVES, {"rotate": 40, "fill": "edge"}, {"shift": 2, "fill": "edge"}, {"brightness": 0.5}, {"contrast": 0.7},
        {"noise": 0.3}, {"cut_out": 2}, {"cut_out": 3, "contrast": 0.5}, EVERYTHING, EVERYTHING | {"fill": "edge"},
    ],
    ids=lambda fields: "-".join(fields),
)  # fmt: skip
def test_central_differences(fields, rng):
    net = Network([Input((4, 5, 2)), Augment(**fields), Flatten(), Dense(2)], dtype="float64")
    net.compile(loss="mean_squared_error", optimizer="sgd")
    check = TrainingCheck(net, rng.normal(size=(18, 4, 5, 2)), rng.normal(size=(18, 2)))
    found = {one.name: one for one in check.differences()}
    for name, one in found.items():
        assert one.excess <= 1, f"{name}: {one.excess}"
    assert found["input"].analytic.any()


def test_central_differences_see_a_fault(rng):
    net = Network([Input((4, 5, 1)), Augment(rotate=20), Flatten(), Dense(1)], dtype="float64")
    net.compile(loss="mean_squared_error", optimizer="sgd")
    check = TrainingCheck(net, rng.normal(size=(10, 4, 5, 1)), rng.normal(size=(10, 1)))
    check.cost = lambda parameters, features: check.run("evaluate", parameters, features)  # of the unmoved pictures
    assert {one.name: one for one in check.differences()}["input"].excess > 100


def test_augmented_gives_versions(rng):
    X = rng.random((20, 6, 6), np.float32)
    versions = augmented(Augment(rotate=20), X, seed=4, count=3)
    assert versions.shape == (20, 3, 6, 6)
    assert len(np.unique(versions.reshape(60, -1), axis=0)) == 60
    assert np.array_equal(versions, augmented(Augment(rotate=20), X, seed=4, count=3))
    assert np.array_equal(augmented(Augment(), X, count=2)[:, 1], X)
    with pytest.raises(DataError) as caught:
        augmented(Augment(), X[0])
    assert str(caught.value) == (
        "augmented: X must hold pictures, of shape (B, H, W, C) or (B, H, W), got (6, 6)."
    )  # fmt: skip


def test_plain_data():
    layer = Augment(shift=[1, 2.0], flip="both", fill="edge", rotate=False)
    assert layer.shift == (1, 2.0)
    assert Augment(flip=False).flip == ""
    assert layer.to_dict() == {"kind": "Augment", "shift": (1, 2.0), "flip": "both", "fill": "edge"}
    assert Augment().to_dict() == {"kind": "Augment"}


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"shift": -1}, "Augment: shift must be a number of at least 0, got -1."),
        ({"shift": (1, 2, 3)}, "Augment: shift must be one number or two (down, across), got (1, 2, 3)."),
        ({"shift": True}, "Augment: shift must be a number of at least 0, got True."),
        ({"rotate": 181}, "Augment: rotate must be a number of at least 0 and at most 180, got 181."),
        ({"zoom": 1}, "Augment: zoom must be a number of at least 0 and below 1, got 1."),
        ({"shear": 90}, "Augment: shear must be a number of at least 0 and below 90, got 90."),
        ({"flip": "horizontaly"}, 'Unknown flip "horizontaly". Did you mean "horizontal"? '
         "Known: horizontal, vertical, both."),
        ({"brightness": "much"}, "Augment: brightness must be a number of at least 0, got 'much'."),
        ({"contrast": 1.5}, "Augment: contrast must be a number of at least 0 and at most 1, got 1.5."),
        ({"noise": math.nan}, "Augment: noise must be a number of at least 0, got nan."),
        ({"cut_out": 2.5}, "Augment: cut_out must be a whole number of at least 0, got 2.5."),
        ({"elastic": -2}, "Augment: elastic must be a number of at least 0, got -2."),
        ({"elastic_grid": 0}, "Augment: elastic_grid must be a whole number of at least 1, got 0."),
        ({"fill": "black"}, "Augment: fill must be a number or \"edge\", got 'black'."),
    ],
)  # fmt: skip
def test_nonsense_is_refused(fields, text):
    with pytest.raises(DescriptionError) as caught:
        Augment(**fields)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("shape", "fields", "text"),
    [
        ((64,), {}, 'Layer 1 "augment_1" (Augment) takes pictures of shape (height, width, channels), but its input '
         "has shape 64. Put it before Flatten, on pictures of shape (height, width, channels)."),
        ((8, 8), {}, 'Layer 1 "augment_1" (Augment) takes pictures of shape (height, width, channels), but its input '
         "has shape 8 × 8. Start with Input((8, 8, 1)) for grey pictures."),
        ((8, 6, 1), {"shift": 6.5}, 'Layer 1 "augment_1" (Augment): a shift of 6.5 moves the whole picture away, W=6. '
         "Use a shift below 6."),
        ((8, 6, 1), {"cut_out": 7}, 'Layer 1 "augment_1" (Augment): cut_out 7 is larger than its input, H=8, W=6. '
         "Use at most 6."),
    ],
)  # fmt: skip
def test_pictures_that_do_not_fit_are_refused(shape, fields, text):
    with pytest.raises(DescriptionError) as caught:
        Network([Input(shape), Augment(**fields)])
    assert str(caught.value) == text
