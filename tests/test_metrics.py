"""Metrics: parity with scikit-learn on random data with weights, ties and absent classes; edges and errors."""

import dataclasses
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as peer

from pellucid.errors import DataError, DescriptionError
from pellucid.metrics import (
    F1,
    METRICS,
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

AVERAGES = ("macro", "micro", "weighted")


@dataclasses.dataclass
class Case:
    """Random data for every kind of metric: few samples, so that classes are absent; rounded, so that outputs tie."""

    binary: np.ndarray  # (B,) 0 or 1
    labels: np.ndarray  # (B,) 0 … O-1
    sets: np.ndarray  # (B, O) 0 or 1, any number in a row
    values: np.ndarray  # (B, O)
    one: np.ndarray  # (B, 1) outputs
    many: np.ndarray  # (B, O) outputs
    weights: np.ndarray | None

    @property
    def one_hot(self) -> np.ndarray:
        return np.eye(self.many.shape[1])[self.labels]


@st.composite
def cases(draw) -> Case:
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    samples, width = draw(st.integers(2, 40)), draw(st.integers(3, 7))
    digits = draw(st.sampled_from([1, 2, 12]))
    weights = draw(st.sampled_from(["none", "any", "some zero"]))
    w = None if weights == "none" else rng.random(samples) + 0.01
    if w is not None and weights == "some zero":
        w[1:] *= rng.random(samples - 1) < 0.7
    return Case(
        binary=rng.integers(0, 2, samples),
        labels=rng.integers(0, draw(st.sampled_from([width, width, 2, 1])), samples),
        sets=rng.integers(0, 2, (samples, width)),
        values=rng.normal(size=(samples, width)).round(digits),
        one=rng.random((samples, 1)).round(digits),
        many=rng.random((samples, width)).round(digits),
        weights=w,
    )


def check_same(ours: float, theirs: float) -> None:
    """A plain float, equal to 1e-12."""
    assert type(ours) is float
    np.testing.assert_allclose(ours, float(theirs), rtol=1e-12, atol=1e-12)


def fails(*call) -> str:
    with pytest.raises(DataError) as caught:
        call[0](*call[1:])
    return str(caught.value)


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


def test_roc_auc_by_its_definition():
    # Every pair of a positive and a negative sample, one by one; infinite outputs are ranked as any other.
    rng = np.random.default_rng(1)
    y, w = rng.integers(0, 2, 60), rng.random(60)
    s = rng.integers(0, 9, 60).astype(float)
    s[:5], s[5:10] = -np.inf, np.inf
    pairs = [(w[p] * w[n], (s[p] > s[n]) + 0.5 * (s[p] == s[n])) for p in range(60) for n in range(60) if y[p] > y[n]]
    check_same(RocAuc()(y, s, w), sum(a * b for a, b in pairs) / sum(a for a, _ in pairs))


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


EXAMPLES = [
    Accuracy(threshold=0.25),
    TopK(3),
    Precision(average="micro"),
    Recall(multi_label=True),
    F1(0.0, "weighted"),
    RocAuc(threshold=0),
    MeanSquaredError(),
    MeanAbsoluteError(),
    R2(),
]


def test_every_kind_has_an_example_here():
    assert {type(m) for m in EXAMPLES} == set(METRICS)


@pytest.mark.parametrize("metric", EXAMPLES, ids=lambda m: m.name)
def test_plain_data_form_and_back(metric):
    assert METRICS.get(json.loads(json.dumps(metric.to_dict()))) == metric
    assert METRICS.get(metric.name) == type(metric)()
    assert metric.higher_is_better == (metric.name not in ("mse", "mae"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("acc", Accuracy),
        ("sparse_categorical_accuracy", Accuracy),
        ("top_k_categorical_accuracy", TopK),
        ("AUC", RocAuc),
        ("mean_squared_error", MeanSquaredError),
        ("mean_absolute_error", MeanAbsoluteError),
        ("r_squared", R2),
        ("f1_score", F1),
    ],
)
def test_names_that_other_libraries_use(name, kind):
    assert METRICS.get(name) == kind()


P1, P3 = np.array([[0.2], [0.9]]), np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            (Accuracy(), [0, 1, 1], P1),
            'Metric "accuracy": y_true has 3 samples, y_pred 2. Give one target for each sample.',
        ),
        (
            (Accuracy(), 1, P1),
            'Metric "accuracy": y_true has a single number, y_pred 2. Give one target for each sample.',
        ),
        (
            (Accuracy(), [0, 3], P3),
            'Metric "accuracy": y_true[1] is 3, but class numbers here are 0 to 2.',
        ),
        ((Accuracy(), [-1, 0], P3), 'Metric "accuracy": y_true[0] is -1, but class numbers here are 0 to 2.'),
        (
            (Accuracy(), [0, 1.5], P3),
            'Metric "accuracy": y_true[1] is 1.5, which is no class number. Number the classes from 0.',
        ),
        (
            (Accuracy(), [0, np.inf], P3),
            'Metric "accuracy": y_true[1] is inf, which is no class number. Number the classes from 0.',
        ),
        (
            (Accuracy(), [1, 2], P1),
            'Metric "accuracy": y_true[1] is 2, but one output tells two classes apart, 0 and 1 (or -1 and 1 with '
            "threshold=0). Number the classes so, or give the network one output for each class.",
        ),
        (
            (F1(), [[1, 0, 1], [0, 1, 0]], P3),
            'Metric "f1": row 0 of y_true has 2 ones; one-hot targets have exactly one. For several labels a sample '
            "use accuracy, precision, recall, f1 or roc_auc with multi_label=True.",
        ),
        (
            (Accuracy(), [[1, 0, 0], [0, 0, 0]], P3),
            'Metric "accuracy": row 1 of y_true has 0 ones; one-hot targets have exactly one. For several labels a '
            "sample use accuracy, precision, recall, f1 or roc_auc with multi_label=True.",
        ),
        (
            (Recall(multi_label=True), [0, 2], P3),
            'Metric "recall": multi_label=True needs a target 0 or 1 for each output, not y_true of shape (2,). '
            "Give one column an output, or leave multi_label off.",
        ),
        (
            (Accuracy(), ["cat", "dog"], P1),
            'Metric "accuracy": y_true holds <U3, not numbers. Number the classes from 0.',
        ),
        (
            (Accuracy(), [0, 1], [[0.1], [np.nan]]),
            'Metric "accuracy": y_pred has no number (NaN) in row 1. Leave such samples out.',
        ),
        (
            (Accuracy(), [0, 1], np.zeros((2, 2, 3))),
            'Metric "accuracy": y_pred has shape (2, 2, 3); expected (samples, outputs). '
            "Flatten all axes after the first into one.",
        ),
        (
            (Accuracy(), [], np.zeros((0, 3))),
            'Metric "accuracy": there are no samples, so there is no value. Give at least one.',
        ),
        (
            (Accuracy(), np.zeros((2, 2)), P3),
            'Metric "accuracy": y_true has shape (2, 2), y_pred (2, 3). '
            "Expected for 3 outputs: labels (samples,) or (samples, 3).",
        ),
        (
            (MeanSquaredError(), np.zeros((2, 3)), P1),
            'Metric "mse": y_true has shape (2, 3), y_pred (2, 1). Expected for 1 output: (samples,) or (samples, 1).',
        ),
        (
            (Accuracy(), [0, 1], P1, [1]),
            'Metric "accuracy": sample_weight has shape (1,), expected (2,). Give one weight for each sample.',
        ),
        (
            (Accuracy(), [0, 1], P1, [1, -2]),
            'Metric "accuracy": sample_weight[1] is -2. Weights are finite and not negative; 0 leaves a sample out.',
        ),
        (
            (Accuracy(), [0, 1], P1, [0, 0]),
            'Metric "accuracy": all weights are 0, so there is no value. Give at least one sample a weight above 0.',
        ),
        (
            (TopK(5), [0, 1], P3),
            'Metric "top_k": k=5 is more than the network has outputs, 3. Use k=2 or less.',
        ),
        (
            (TopK(1), [0, 1], P1),
            'Metric "top_k" compares classes, but the network has one output. Use "accuracy".',
        ),
        (
            (Precision(average="binary"), [0, 1], P3),
            'Metric "precision": average="binary" is for one output, and the network has 3. Use "macro".',
        ),
        (
            (RocAuc(), [1, 1], P1),
            'Metric "roc_auc": one class only: every sample is positive, so there is nothing to rank. '
            "Use samples of both classes.",
        ),
        (
            (RocAuc(), [0, 1], P3),
            'Metric "roc_auc": one class only: for output 2 every sample is negative, so there is nothing to rank. '
            "Use samples of both classes, or drop output 2's column and class from the comparison.",
        ),
        (
            (R2(), [0, 1], P3),
            'Metric "r2" compares values, but y_true has shape (2,) and y_pred (2, 3). Give a target for each output; '
            'for labels, np.eye(3)[y_true], or use the metric "accuracy".',
        ),
        (
            (R2(), [1.0], [[1.0]]),
            'Metric "r2" needs at least two samples with a weight above 0. Use "mse" for a single one.',
        ),
        (
            (confusion_matrix, [0, 1], [0.2, 0.8]),
            "confusion_matrix: y_pred with one axis is taken as labels, but holds numbers that are not whole. "
            "Give the outputs of a single unit as (samples, 1).",
        ),
        (
            (confusion_matrix, [0, 3], [0, 1], 3),
            "confusion_matrix: y_true[1] is 3, but class numbers here are 0 to 2.",
        ),
        (
            (confusion_matrix, [0, 1], [-1, 1]),
            "confusion_matrix: y_pred[0] is -1, but class numbers here are 0 or more.",
        ),
    ],
)
def test_data_errors_say_the_mend(call, text):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fails(*call) == text


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: TopK(0), 'Metric "top_k": k must be a whole number of at least 1, not 0.'),
        (
            lambda: Accuracy(threshold="half"),
            "Metric \"accuracy\": threshold must be a finite number, not 'half'. "
            "Use 0.5 for a sigmoid output, 0 for targets -1 and 1.",
        ),
        (
            lambda: F1(average="macros"),
            "Metric \"f1\": average must be one of auto, binary, macro, micro, weighted, not 'macros'. "
            'Did you mean "macro"?',
        ),
        (
            lambda: METRICS.get("accurracy"),
            'Unknown metric "accurracy". Did you mean "accuracy"? '
            "Known: accuracy, top_k, precision, recall, f1, roc_auc, mse, mae, r2.",
        ),
    ],
)
def test_description_errors_say_the_mend(make, text):
    with pytest.raises(DescriptionError) as caught:
        make()
    assert str(caught.value) == text
