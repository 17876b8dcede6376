"""The two parts of a split: complete, repeatable, of the right size, and of the same mix."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import Dataset, stratified_split
from pellucid.errors import DataError


@settings(deadline=None, max_examples=200)
@given(
    y=st.lists(st.integers(0, 5), min_size=2, max_size=80),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32),
    classes=st.booleans(),
)
def test_properties(y, fraction, seed, classes):
    labels = np.array(y)
    counts = np.bincount(labels) if classes else np.array([len(y)])
    if counts.max() < 2:
        with pytest.raises(DataError):
            stratified_split(y, fraction, seed, classes)
        return
    train, held = stratified_split(y, fraction, seed, classes)
    assert train.dtype == held.dtype == np.int64
    assert sorted([*train, *held]) == list(range(len(y)))
    again = stratified_split(y, fraction, seed, classes)
    assert np.array_equal(train, again[0])
    assert np.array_equal(held, again[1])
    least = most = 0
    for label, count in enumerate(counts):
        n_held = int((labels[held] == label).sum()) if classes else len(held)
        low = min(max(int(np.floor(fraction * count)), int(count >= 2)), max(count - 1, 0))
        high = min(max(int(np.ceil(fraction * count)), int(count >= 2)), max(count - 1, 0))
        assert low <= n_held <= high
        least, most = least + low, most + high
    assert len(held) == np.clip(round(fraction * len(y)), least, most)


def test_by_hand():
    """Of 10 a, 5 b, 1 c with 0.3: 3, 1.5 and 0.3 of them; 16·0.3 = 4.8, so 5 are held out: 3 a and 2 b."""
    y = ["a"] * 10 + ["b"] * 5 + ["c"]
    _, held = stratified_split(y, 0.3, 7, classes=True)
    assert sorted(np.array(y)[held]) == ["a", "a", "a", "b", "b"]


def test_the_split_of_a_seed_never_changes():
    train, held = stratified_split(np.arange(10) % 2, 0.3, 1, classes=True)
    assert (train.tolist(), held.tolist()) == ([0, 1, 2, 5, 9, 6, 3], [8, 4, 7])


def test_parts_are_shuffled_and_seeds_differ():
    y = np.repeat([0, 1], 50)
    first, second = (stratified_split(y, 0.2, seed, classes=True) for seed in (0, 1))
    assert not np.array_equal(first[0], np.sort(first[0]))
    assert not np.array_equal(first[1], np.sort(first[1]))
    assert not np.array_equal(first[0], second[0])


def test_one_hot_rows_and_mixed_objects_are_classes():
    one_hot = np.repeat(np.eye(2), [6, 4], axis=0)
    _, held = stratified_split(one_hot, 0.5, 0, classes=True)
    assert one_hot[held].sum(axis=0).tolist() == [3, 2]
    mixed = np.array([1, "a"] * 4, object)
    _, held = stratified_split(mixed, 0.5, 0, classes=True)
    assert sorted(map(str, mixed[held])) == ["1", "1", "a", "a"]


@pytest.mark.parametrize(
    ("y", "fraction", "seed", "text"),
    [
        ([0, 1], 0, 0, "Split: expected a fraction between 0 and 1, got 0. A usual choice is 0.2."),
        ([0, 1], 1.0, 0, "Split: expected a fraction between 0 and 1, got 1.0. A usual choice is 0.2."),
        ([0, 1], float("nan"), 0, "Split: expected a fraction between 0 and 1, got nan. A usual choice is 0.2."),
        ([0, 1], "0.2", 0, "Split: expected a fraction between 0 and 1, got '0.2'. A usual choice is 0.2."),
        ([0, 1], 0.5, -1, "Split: expected a seed that is a whole number of 0 or more, got -1."),
        ([0, 1], 0.5, 1.5, "Split: expected a seed that is a whole number of 0 or more, got 1.5."),
        ([0], 0.5, 0, "Split: expected at least 2 samples, got 1. Give more data."),
        (
            [0, 1],
            0.5,
            0,
            "Split: expected a class with at least 2 samples, but each of the 2 samples has a class of its own. "
            "Give more samples of each class, or split without regard to classes.",
        ),
    ],
)
def test_refused(y, fraction, seed, text):
    with pytest.raises(DataError, match=f"^{re.escape(text)}$"):
        stratified_split(y, fraction, seed, classes=True)


def dataset(y, **more):
    y = np.asarray(y)
    X = np.arange(len(y), dtype=np.float32)[:, None]
    return Dataset(
        **({"name": "d", "X": X, "y": y, "feature_names": ("x",), "class_names": None, "description": ""} | more)
    )


def test_a_dataset_splits_with_its_names_and_keeps_its_test_set():
    test = dataset([0, 1])
    train, held = dataset(np.repeat([0, 1], [80, 20]), test=test).split(0.25, 3)
    assert np.bincount(held.y).tolist() == [20, 5]
    assert np.array_equal(train.X[:, 0] < 80, train.y == 0)  # rows and targets stay together
    assert (train.name, held.name) == ("d", "d, held out")
    assert train.test is test
    assert held.test is None
    assert held.feature_names == ("x",)


@pytest.mark.parametrize(
    ("data", "classes"),
    [
        (dataset(["a", "b"]), True),
        (dataset([0, 1], class_names=("0", "1")), True),
        (dataset(np.arange(100) % 10), True),
        (dataset(np.arange(100) % 11), False),
        (dataset([0.0, 1.0] * 50), False),
    ],
)
def test_which_targets_are_classes(data, classes):
    assert data.has_classes is classes


def test_a_dataset_tells_its_shape():
    data = dataset([0, 1], class_names=("0", "1"), test=dataset([1]))
    assert (data.n, data.input_shape) == (2, (1,))
    assert repr(data) == '<Dataset "d": 2 samples of shape (1,), 2 classes, 1 more for testing>'


def test_a_dataset_that_does_not_fit_together():
    with pytest.raises(DataError, match=r"^X has 1 row, but y has 2\. Give one target for each row\.$"):
        dataset([0, 1], X=np.zeros((1, 1), np.float32))
    text = 'Dataset "d": expected 1 feature names, got 2. Give one for each feature, or None.'
    with pytest.raises(DataError, match=f"^{re.escape(text)}$"):
        dataset([0, 1], feature_names=("a", "b"))
