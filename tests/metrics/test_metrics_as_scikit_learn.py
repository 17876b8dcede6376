"""Metrics: parity with scikit-learn on random data with weights, ties and absent classes."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_cases import AVERAGES, cases, check_same, fails
from sklearn import metrics as peer

from pellucid.metrics import (
    F1,
    R2,
    Accuracy,
    MeanAbsoluteError,
    MeanSquaredError,
    Precision,
    Recall,
    RocAuc,
    TopK,
    confusion_matrix,
)


@given(cases())
@settings(deadline=None, max_examples=40)
def test_classification_as_scikit_learn(c):
    w = c.weights
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # scikit-learn warns where it divides by zero
        named = (c.one[:, 0] > 0.5).astype(int)
        check_same(Accuracy()(c.binary, c.one, w), peer.accuracy_score(c.binary, named, sample_weight=w))
        largest = c.many.argmax(axis=1)
        check_same(Accuracy()(c.labels, c.many, w), peer.accuracy_score(c.labels, largest, sample_weight=w))
        answers = (c.many > 0.5).astype(int)
        by_output = [peer.accuracy_score(t, p, sample_weight=w) for t, p in zip(c.sets.T, answers.T, strict=True)]
        check_same(Accuracy(multi_label=True)(c.sets, c.many, w), np.mean(by_output))
        for kind, score in (
            (Precision, peer.precision_score),
            (Recall, peer.recall_score),
            (F1, peer.f1_score),
        ):
            theirs = score(c.binary, named, sample_weight=w, zero_division=0)
            check_same(kind()(c.binary, c.one, w), theirs)
            check_same(kind(average="binary")(c.binary[:, None], c.one, w), theirs)
            for average in AVERAGES:
                options = {"average": average, "sample_weight": w, "zero_division": 0}
                check_same(kind(average=average)(c.binary, c.one, w), score(c.binary, named, **options))
                theirs = score(c.labels, largest, **options)
                check_same(kind(average=average)(c.labels, c.many, w), theirs)
                check_same(kind(average=average)(c.one_hot, c.many, w), theirs)
                ours = kind(average=average, multi_label=True)(c.sets, c.many, w)
                check_same(ours, score(c.sets, answers, **options))
            theirs = score(c.labels, largest, average="macro", sample_weight=w, zero_division=0)
            check_same(kind()(c.labels, c.many, w), theirs)


def test_the_comparison_sees_a_fault():
    rng = np.random.default_rng(0)
    labels, outputs, w = rng.integers(0, 3, 50), rng.random((50, 3)), rng.random(50)
    right = peer.f1_score(labels, outputs.argmax(1), average="macro", sample_weight=w)
    check_same(F1()(labels, outputs, w), right)
    for wrong in (
        F1()(labels, outputs),  # weights left out
        F1(average="micro")(labels, outputs, w),
        F1()(labels[::-1], outputs, w),
        right + 1e-11,
        np.float64(right),  # not a plain float
    ):
        with pytest.raises(AssertionError):
            check_same(wrong, right)


@given(cases(), st.integers(1, 7))
@settings(deadline=None, max_examples=100)
def test_top_k_as_scikit_learn_seen_in_a_mirror(c, k):
    # scikit-learn puts the last of equal outputs first, Pellucid the first: with the classes reversed they agree.
    width = c.many.shape[1]
    k = min(k, width)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # k = O
        theirs = peer.top_k_accuracy_score(
            width - 1 - c.labels, c.many[:, ::-1], k=k, labels=range(width), sample_weight=c.weights
        )
    check_same(TopK(k)(c.labels, c.many, c.weights), theirs)
    check_same(TopK(k)(c.one_hot, c.many, c.weights), theirs)
    check_same(TopK(1)(c.labels, c.many, c.weights), Accuracy()(c.labels, c.many, c.weights))


@given(cases())
@settings(deadline=None, max_examples=150)
def test_roc_auc_as_scikit_learn(c):
    w = np.ones(len(c.binary)) if c.weights is None else c.weights
    if min(w[c.binary == 1].sum(), w[c.binary == 0].sum()) == 0:
        assert "one class only" in fails(RocAuc(), c.binary, c.one, c.weights)
    else:
        theirs = peer.roc_auc_score(c.binary, c.one[:, 0], sample_weight=c.weights)
        check_same(RocAuc()(c.binary, c.one, c.weights), theirs)
        check_same(RocAuc(threshold=0)(2 * c.binary - 1, c.one - 0.5, c.weights), theirs)
    width = c.many.shape[1]
    here = [w[c.labels == i].sum() for i in range(width)]
    if min(here) == 0:
        assert "one class only" in fails(RocAuc(), c.labels, c.many, c.weights)
    else:
        shares = c.many + 1
        shares /= shares.sum(axis=1, keepdims=True)  # scikit-learn wants rows that sum to 1
        theirs = peer.roc_auc_score(c.labels, shares, multi_class="ovr", average="macro", sample_weight=c.weights)
        check_same(RocAuc()(c.labels, shares, c.weights), theirs)
        check_same(RocAuc()(c.one_hot, shares, c.weights), theirs)
    if min(w @ c.sets) > 0 and min(w @ (1 - c.sets)) > 0:
        theirs = peer.roc_auc_score(c.sets, c.many, average="macro", sample_weight=c.weights)
        check_same(RocAuc(multi_label=True)(c.sets, c.many, c.weights), theirs)


@pytest.mark.parametrize("weighted", [False, True])
def test_roc_auc_of_several_outputs_as_scikit_learn(weighted):
    # The random cases above often lack a class; here none does.
    rng = np.random.default_rng(2)
    labels, sets = rng.integers(0, 4, 300), rng.integers(0, 2, (300, 4))
    outputs = rng.integers(1, 9, (300, 4)) / 8
    w = rng.random(300) if weighted else None
    shares = outputs / outputs.sum(axis=1, keepdims=True)
    check_same(RocAuc()(labels, shares, w), peer.roc_auc_score(labels, shares, multi_class="ovr", sample_weight=w))
    check_same(RocAuc(multi_label=True)(sets, outputs, w), peer.roc_auc_score(sets, outputs, sample_weight=w))


@given(cases())
@settings(deadline=None, max_examples=100)
def test_regression_as_scikit_learn(c):
    w = c.weights
    for ours, score in (
        (MeanSquaredError(), peer.mean_squared_error),
        (MeanAbsoluteError(), peer.mean_absolute_error),
        (R2(), peer.r2_score),
    ):
        if ours.name == "r2" and w is not None and np.count_nonzero(w) < 2:
            assert "at least two samples" in fails(ours, c.values, c.many, w)
            continue
        if ours.name == "r2" and w is not None and (np.ptp(c.values[w > 0], axis=0) == 0).any():
            continue  # the weighted mean of equal numbers may miss them by a rounding, by which scikit-learn divides
        check_same(ours(c.values, c.many, w), score(c.values, c.many, sample_weight=w))
        check_same(ours(c.values[:, 0], c.one, w), score(c.values[:, 0], c.one[:, 0], sample_weight=w))
        check_same(ours(c.values[:, :1], c.one.astype(np.float32), w), ours(c.values[:, 0], np.float32(c.one), w))


def test_r2_of_a_constant_target_as_scikit_learn():
    y = np.array([[2.0, 2.0, 1.0], [2.0, 2.0, 3.0], [2.0, 2.0, 4.0]])
    p = np.array([[2.0, 2.5, 1.5], [2.0, 2.0, 3.0], [2.0, 2.0, 4.0]])
    check_same(R2()(y, p), peer.r2_score(y, p))
    assert R2()(y[:, 0], p[:, :1]) == 1.0
    assert R2()(y[:, 1], p[:, 1:2]) == 0.0
    # The mean of equal numbers need not be that number to the last digit.
    y = np.full((10, 1), 0.3)
    assert y.mean(axis=0) != 0.3
    assert R2()(y, np.full((10, 1), 0.2)) == 0.0


@given(cases())
@settings(deadline=None, max_examples=100)
def test_confusion_matrix_as_scikit_learn(c):
    w, width = c.weights, c.many.shape[1]
    largest = c.many.argmax(axis=1)
    theirs = peer.confusion_matrix(c.labels, largest, labels=range(width), sample_weight=w)
    for ours in (
        confusion_matrix(c.labels, c.many, sample_weight=w),
        confusion_matrix(c.one_hot, c.many, sample_weight=w),
        confusion_matrix(c.labels, largest, classes=width, sample_weight=w),
        confusion_matrix(c.labels, largest.astype(float), width, w),
    ):
        assert ours.dtype == (np.int64 if w is None else np.float64)
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
    theirs = peer.confusion_matrix(c.binary, c.one[:, 0] > 0.5, labels=[0, 1], sample_weight=w)
    np.testing.assert_allclose(confusion_matrix(c.binary, c.one, sample_weight=w), theirs, rtol=1e-12)
