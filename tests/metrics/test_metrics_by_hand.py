"""Metrics: small cases whose value is plain, thresholds, ties, and forms of targets."""

import numpy as np
import pytest
from metric_cases import check_same

from pellucid.metrics import (
    Accuracy,
    Recall,
    RocAuc,
    TopK,
    confusion_matrix,
)


def test_roc_auc_by_its_definition():
    # Every pair of a positive and a negative sample, one by one; infinite outputs are ranked as any other.
    rng = np.random.default_rng(1)
    y, w = rng.integers(0, 2, 60), rng.random(60)
    s = rng.integers(0, 9, 60).astype(float)
    s[:5], s[5:10] = -np.inf, np.inf
    pairs = [(w[p] * w[n], (s[p] > s[n]) + 0.5 * (s[p] == s[n])) for p in range(60) for n in range(60) if y[p] > y[n]]
    check_same(RocAuc()(y, s, w), sum(a * b for a, b in pairs) / sum(a for a, _ in pairs))


def test_confusion_matrix_has_true_classes_in_rows():
    assert confusion_matrix([0, 0, 1], [1, 1, 1]).tolist() == [[0, 2], [0, 1]]
    assert confusion_matrix([0, 0, 1], [1, 1, 1], classes=3).tolist() == [[0, 2, 0], [0, 1, 0], [0, 0, 0]]
    assert confusion_matrix([-1, 1, 1], [[-0.5], [0.2], [-0.1]], threshold=0).tolist() == [[1, 0], [1, 1]]


def test_tanh_targets_take_threshold_zero():
    y, p = [-1, -1, 1, 1], [[-0.9], [0.1], [0.2], [0.8]]
    assert Accuracy(threshold=0)(y, p) == 0.75
    assert Accuracy()(y, p) == 0.75  # for another reason: 0.2 is not above 0.5
    assert Recall(threshold=0)(y, p) == 1.0
    assert Recall()(y, p) == 0.5


def test_an_output_at_the_threshold_and_equal_outputs():
    assert Accuracy()([0, 1], [[0.5], [0.5]]) == 0.5
    assert Accuracy()([0, 1, 2], np.ones((3, 3))) == pytest.approx(1 / 3)
    assert TopK(2)([0, 1, 2], np.ones((3, 3))) == pytest.approx(2 / 3)


def test_softened_and_signed_targets_count_by_their_largest():
    p = [[0.1, 0.9], [0.8, 0.2], [0.3, 0.7]]
    assert Accuracy()([[0.2, 0.8], [0.6, 0.4], [0.9, 0.1]], p) == pytest.approx(2 / 3)
    assert Accuracy()([[-1, 1], [1, -1], [1, -1]], p) == pytest.approx(2 / 3)


def test_labels_of_any_number_type_and_lists():
    p = np.eye(3)
    for y in ([0, 1, 2], np.array([0.0, 1.0, 2.0]), np.array([[0], [1], [2]], np.uint8), np.eye(3, dtype=bool)):
        assert Accuracy()(y, p) == 1.0
    assert Accuracy()(np.array([True, False]), [0.9, 0.1]) == 1.0
