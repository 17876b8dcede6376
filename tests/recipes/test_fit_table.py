"""The recipe for tables: what it chooses, that held-out rows judge, that the output is exact, and what is kept."""

import numpy as np
import pytest

import pellucid
from pellucid import DataError, DescriptionError
from pellucid.recipes import LINEAR, NETWORK, PIECEWISE, Candidate, TableRecipe, fit_table
from pellucid.recipes import fit as module
from pellucid.recipes.judge import judge, tempered

QUICK = TableRecipe(most_epochs=12, least_epochs=12)


def made(rows=120, inputs=3, seed=0):
    X = np.random.default_rng(seed).normal(size=(rows, inputs)).astype(np.float32)
    return X, X[:, 0] + X[:, 1]


def test_a_linear_model_is_chosen_where_the_truth_is_linear():
    X, s = made(320)
    y = 1000 + 50 * s + np.random.default_rng(1).normal(0, 40, 320)
    net = fit_table(X, y, "numbers", verbose=0)
    assert net.recipe["chosen"] == "linear"
    assert [t["name"] for t in net.recipe["tried"]] == ["linear", "network"], "too few rows for piecewise"
    assert np.sqrt(np.mean((net.predict(X)[:, 0] - y) ** 2)) == pytest.approx(40, rel=0.15), "in the units of y"


def test_targets_far_from_0_keep_their_digits():
    """float32 has steps of 1 near 10,000,000, as far apart as these targets are; the candidates are told apart too."""
    X, s = made(320)
    near, far = (fit_table(X, s.astype(float) + mean, "numbers", recipe=QUICK, verbose=0) for mean in (0.0, 1e7))
    assert (near.dtype, far.dtype) == ("float32", "float64")
    np.testing.assert_allclose(far.predict(X)[:, 0] - 1e7, near.predict(X)[:, 0], atol=1e-3)
    for a, b in zip(near.recipe["tried"], far.recipe["tried"], strict=True):
        assert a["squared_error"] == pytest.approx(b["squared_error"], rel=1e-3)
        assert a["r2"] == pytest.approx(b["r2"], abs=1e-3)


def test_a_network_is_chosen_where_it_is_not():
    X, _ = made(320)
    y = np.where(X[:, 0] * X[:, 1] > 0, "same", "other")
    net = fit_table(X, y, "classes", verbose=0)
    assert net.recipe["chosen"] == "network"
    assert net.class_names == ("other", "same")
    assert np.mean(net.predict_classes(X) == y) > 0.9
    linear, network = net.recipe["tried"]
    assert network["squared_error"] < 0.6 * linear["squared_error"]
    assert net.recipe["why"].startswith("Chosen: one hidden layer of 128 units, 5 members, epoch ")
    assert "; a linear model: 0." in net.recipe["why"]


def test_the_verdict_is_the_error_of_rows_that_were_not_trained_on():
    """Targets by chance: what is said is no better than chance, though it knows its rows by heart."""
    X, _ = made(100, 20)
    y = np.random.default_rng(5).integers(0, 2, 100)
    net = fit_table(X, y, "classes", recipe=TableRecipe(candidates=(NETWORK,)), verbose=0)
    assert net.recipe["tried"][0]["accuracy"] < 0.65
    assert net.recipe["tried"][0]["squared_error"] > 0.22


@pytest.mark.parametrize("rows", [90, 130])
def test_every_member_is_trained_on_other_rows(rows, monkeypatch):
    """Small tables: each row is held out once. Large ones: the same rows by all."""
    seen, train = [], module.train

    def watched(member, *rest):
        seen.append((member.rows, member.held))
        train(member, *rest)

    monkeypatch.setattr(module, "train", watched)
    X, s = made(rows)
    recipe = TableRecipe((LINEAR,), small=100, folds=4, members=3, most_epochs=3, least_epochs=3)
    net = fit_table(X, s, "numbers", recipe=recipe, verbose=0)
    assert all(sorted([*trained, *held]) == list(range(rows)) for trained, held in seen)
    if rows == 90:
        assert sorted(np.concatenate([held for _, held in seen])) == list(range(90))
        assert net.recipe["judged_on"] == "4 inner folds"
    else:
        assert len({tuple(held) for _, held in seen}) == 1
        assert len(seen) == 3
        assert net.recipe["judged_on"] == "20 held-out rows"


def test_folds_have_every_class_alike():
    y = np.repeat([0, 1, 2], [60, 30, 10])
    splits, _ = module._splits(module.task_of(np.zeros((100, 1)), y, "classes", (), None, None), TableRecipe(), 0)
    assert [np.bincount(y[held]).tolist() for _, held in splits] == [[12, 6, 2]] * 5


def test_the_output_is_that_of_the_best_epoch_in_units_of_y():
    X, s = made()
    y = np.stack([3 + 100 * s, 7 - s], axis=1)
    net = fit_table(X, y, "numbers", recipe=QUICK, verbose=0)
    assert net.output_shape == (2,)
    assert (np.std(net.predict(X) - y, axis=0) < [60, 0.6]).all()
    assert net.member_predictions(X).shape == (5, 120, 2)
    assert net.history.history["val_squared_error"][net.recipe["tried"][-1]["epoch"] - 1] == pytest.approx(
        min(t["squared_error"] for t in net.recipe["tried"])
    )


def test_the_same_seed_gives_the_same_bits_on_any_number_of_threads():
    X, s = made()
    y = (s > 0).astype(int)
    one, two, other = (
        fit_table(X, y, "classes", recipe=QUICK, verbose=0, seed=seed, threads=threads)
        for seed, threads in ((1, 1), (1, 3), (2, 1))
    )
    assert np.array_equal(one.parameters, two.parameters)
    assert one.recipe == two.recipe
    assert not np.array_equal(one.predict(X), other.predict(X))


def test_it_is_one_network_in_one_file(tmp_path):
    X, s = made()
    net = fit_table(X, s > 0.5, "classes", recipe=QUICK, class_names=["0", "1", "2"], verbose=0)
    assert net.class_names == ("0", "1", "2")
    assert net.output_shape == (3,), "a class without rows has its output"
    net.save(tmp_path / "table.pellucid")
    again = pellucid.load(tmp_path / "table.pellucid")
    assert np.array_equal(again.predict(X), net.predict(X))
    assert again.recipe == net.recipe
    assert TableRecipe(**again.recipe["recipe"]).to_dict() == QUICK.to_dict()
    before = net.evaluate(X, (s > 0.5).astype(int))["loss"]
    net.fit(X, (s > 0.5).astype(int), 5, verbose=0)
    assert net.evaluate(X, (s > 0.5).astype(int))["loss"] < before


def test_weights_of_samples_count():
    """Rows of weight 0 say the contrary, and are not heard."""
    X, s = made(200)
    y, weight = (s > 0).astype(int), np.ones(200)
    wrong = np.arange(200) % 3 == 0
    y[wrong], weight[wrong] = 1 - y[wrong], 0.0
    net = fit_table(X, y, "classes", recipe=QUICK, sample_weight=weight, verbose=0)
    assert np.mean(net.predict_classes(X) == (s > 0)) > 0.93


def test_layers_that_stand_before(capsys):
    X, s = made()
    recipe = TableRecipe((PIECEWISE, NETWORK), most_epochs=3, least_epochs=3)
    net = fit_table(X, s, "numbers", recipe=recipe, before=[pellucid.Standardize(0.0, 2.0)])
    assert [layer.kind for layer in net.layers[0][1].members[0]] == ["Standardize", "Dense", "Dense"]
    assert capsys.readouterr().out.strip() == net.recipe["why"]


def test_what_is_tried_depends_on_the_size():
    names = lambda rows, inputs: [c.name for c in TableRecipe().chosen(rows, inputs)]  # noqa: E731
    assert names(299, 10) == ["network"], "too few to choose by"
    assert names(999, 10) == ["linear", "network"]
    assert names(1000, 10) == ["linear", "network", "piecewise"]
    assert names(1000, 126) == ["linear", "network"]
    assert TableRecipe(candidates=(PIECEWISE,)).chosen(10, 3) == (PIECEWISE,), "one is always tried"
    assert [TableRecipe().epochs(rows) for rows in (50, 500, 1500, 50_000)] == [150, 128, 43, 20]


def test_the_judge_by_hand():
    """An epoch that is too sure is judged at the temperature that suits it; numbers are judged as they are."""
    t = np.array([[1.0], [0.0], [1.0], [1.0]])
    p = np.array([[0.8], [0.2], [0.6], [0.4]])
    verdict = judge(np.stack([np.full((4, 1), 0.5), tempered(p, 0.5)]), t, np.ones(4), True)
    assert verdict.epoch == 1
    assert verdict.curve[0] == pytest.approx(0.25)
    errors = [np.mean((tempered(tempered(p, 0.5), k) - t) ** 2) for k in np.geomspace(0.25, 4, 25)]
    assert verdict.error == pytest.approx(min(errors))
    assert min(errors) < errors[12], "which is at temperature 1"
    np.testing.assert_allclose(tempered(tempered(p, 0.5), 2.0), p, rtol=1e-12)
    numbers = judge(np.array([[[1.0], [2.0]], [[3.0], [2.0]]]), np.array([[1.0], [4.0]]), np.array([1.0, 3.0]), False)
    assert (numbers.error, numbers.epoch, numbers.temperature) == (3.0, 0, 1.0)
    assert numbers.curve == (3.0, 4.0)


X4, Y4 = np.zeros((4, 2)), np.array([0, 1, 0, 1])
REFUSED = {
    "a task": (lambda: fit_table(X4, Y4, "class"), DescriptionError,
        "task must be \"classes\" or \"numbers\", got 'class'. Did you mean \"classes\"?"),
    "one column": (lambda: fit_table(X4[:, 0], Y4, "classes"), DataError,
        "fit_table: X must be rows of numbers, (rows, inputs), got shape (4,)."),
    "few rows": (lambda: fit_table(X4[:3], Y4[:3], "classes"), DataError,
        "fit_table: expected at least 4 rows to train on, got 3. Give more data."),
    "one class": (lambda: fit_table(X4, np.ones(4, int), "classes"), DataError,
        "fit_table: all 4 rows are of class 1; expected at least two classes."),
    "text as numbers": (lambda: fit_table(X4, ["a", "b", "a", "b"], "numbers"), DataError,
        'fit_table: y holds text, so it cannot be learned as numbers. Use task="classes".'),
    "numbers as classes": (lambda: fit_table(X4, Y4 + 0.5, "classes"), DataError,
        'fit_table: y holds numbers that are not whole, so they are no classes. Use task="numbers".'),
    "a strange class": (lambda: fit_table(X4, ["a", "b", "c", "b"], "classes", class_names=["a", "b"]), DataError,
        'fit_table: class "c" is not among class_names: a, b.'),
    "weights": (lambda: fit_table(X4, Y4, "classes", sample_weight=[1, 1, -1, 1]), DataError,
        "fit_table: sample_weight must be one number of 0 or more for each row, not all 0."),
    "a recipe of nothing": (lambda: TableRecipe(candidates=()), DescriptionError,
        "TableRecipe: candidates must be a tuple of Candidate, at least one."),
    "two of one name": (lambda: TableRecipe(candidates=(LINEAR, Candidate("linear", "another"))), DescriptionError,
        "TableRecipe: give every candidate a name of its own."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    call, kind, text = REFUSED[case]
    with pytest.raises(kind) as error:
        call()
    assert str(error.value) == text
