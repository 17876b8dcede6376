"""Trainings of the recipe that are kept: what was finished before a kill is not done again; the bits are the same."""

import numpy as np
import polars as pl
import pytest

import pellucid
from pellucid.recipes import LINEAR, NETWORK, TableRecipe, fit_table
from pellucid.recipes import fit as module
from pellucid.recipes.kept import kept_trainings

RECIPE = TableRecipe(candidates=(LINEAR, NETWORK), most_epochs=5, least_epochs=5, folds=3)


class Killed(BaseException):
    """What stands for SIGKILL."""


def made(seed=0):
    X = np.random.default_rng(seed).normal(size=(320, 3)).astype(np.float32)
    return X, X[:, 0] + X[:, 1] ** 2


@pytest.fixture
def trainings(monkeypatch):
    """A list of the trainings that are done; ``trainings.most`` kills after so many."""

    class Done(list):
        most = 99

    done, train = Done(), module.train

    def watched(member, *rest):
        if len(done) == done.most:
            raise Killed
        done.append(member.candidate.name)
        train(member, *rest)

    monkeypatch.setattr(module, "train", watched)
    return done


@pytest.mark.parametrize("task", ["classes", "numbers"])
def test_a_killed_recipe_goes_on_with_what_is_missing(tmp_path, trainings, task):
    X, s = made()
    y = s if task == "numbers" else np.where(s > 1, "yes", "no")
    alone = fit_table(X, y, task, recipe=RECIPE, threads=1, verbose=0)
    assert len(trainings) == 6
    trainings.clear()
    trainings.most = 4
    with pytest.raises(Killed):
        fit_table(X, y, task, recipe=RECIPE, threads=1, verbose=0, checkpoint=tmp_path / "c")
    assert kept_trainings(tmp_path / "c") == 4
    trainings.clear()
    trainings.most = 99
    found = fit_table(X, y, task, recipe=RECIPE, threads=2, verbose=0, checkpoint=tmp_path / "c")
    assert trainings == ["network", "network"]
    assert found.parameters.tobytes() == alone.parameters.tobytes()
    assert found.recipe == alone.recipe
    assert found.history.history == alone.history.history
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("change", ["X", "y", "weights", "seed", "recipe", "damaged"])
def test_what_is_of_another_training_is_not_taken_up(tmp_path, trainings, change):
    X, s = made()
    y, weights, seed, recipe = np.where(s > 1, "yes", "no"), np.ones(320), 0, RECIPE
    trainings.most = 2
    with pytest.raises(Killed):
        fit_table(X, y, "classes", recipe=RECIPE, threads=1, verbose=0, checkpoint=tmp_path)
    trainings.clear()
    trainings.most = 99
    if change == "X":
        X = X + np.float32(0.001)
    elif change == "y":
        y = np.where(s > 0.9, "yes", "no")
    elif change == "weights":
        weights[7] = 2
    elif change == "seed":
        seed = 1
    elif change == "recipe":
        recipe = TableRecipe(candidates=(LINEAR, NETWORK), most_epochs=6, least_epochs=6, folds=3)
    else:
        for file in tmp_path.glob("*.npz"):
            file.write_bytes(file.read_bytes()[:-200])
    fit_table(X, y, "classes", recipe=recipe, sample_weight=weights, seed=seed, threads=1, verbose=0,
              checkpoint=tmp_path)  # fmt: skip
    assert len(trainings) == 6


def test_raw_rows_go_on_too(tmp_path, trainings):
    X, s = made()
    table = pl.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": np.where(s > 1, "yes", "no")})
    trainings.most = 5
    with pytest.raises(Killed):
        pellucid.fit_table(table, "y", recipe=RECIPE, threads=1, verbose=0, checkpoint=tmp_path)
    trainings.clear()
    trainings.most = 99
    found = pellucid.fit_table(table, "y", recipe=RECIPE, threads=1, verbose=0, checkpoint=tmp_path)
    assert len(trainings) == 1
    alone = pellucid.fit_table(table, "y", recipe=RECIPE, threads=1, verbose=0)
    assert found.parameters.tobytes() == alone.parameters.tobytes()
