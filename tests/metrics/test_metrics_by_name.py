"""Metrics as plain data and by the names that other libraries use."""

import json

import pytest

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
)

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
