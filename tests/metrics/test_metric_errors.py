"""Metrics: what they refuse, and how they say it."""

import warnings

import numpy as np
import pytest
from metric_cases import fails

from pellucid.errors import DescriptionError
from pellucid.metrics import (
    F1,
    METRICS,
    R2,
    Accuracy,
    MeanSquaredError,
    Precision,
    Recall,
    RocAuc,
    TopK,
    confusion_matrix,
)

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
