"""How well a network does, as people read it: accuracy, precision, ROC AUC, R² and the like."""

from __future__ import annotations

from pellucid.metrics.accuracy import Accuracy, TopK
from pellucid.metrics.base import Metric
from pellucid.metrics.confusion import confusion_matrix
from pellucid.metrics.ranking import RocAuc
from pellucid.metrics.regression import R2, MeanAbsoluteError, MeanSquaredError
from pellucid.metrics.retrieval import F1, Precision, Recall
from pellucid.named import Table

METRICS: Table[Metric] = Table(
    "metric",
    [Accuracy, TopK, Precision, Recall, F1, RocAuc, MeanSquaredError, MeanAbsoluteError, R2],
)

__all__ = [
    "F1",
    "METRICS",
    "R2",
    "Accuracy",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Metric",
    "Precision",
    "Recall",
    "RocAuc",
    "TopK",
    "confusion_matrix",
]
