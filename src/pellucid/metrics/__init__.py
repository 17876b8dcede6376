"""How well a network does, as people read it: accuracy, precision, ROC AUC, R² and the like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pellucid.lazy import lazy
from pellucid.named import Places, Table

if TYPE_CHECKING:
    from pellucid.metrics.accuracy import Accuracy as Accuracy
    from pellucid.metrics.accuracy import TopK as TopK
    from pellucid.metrics.base import Metric as Metric
    from pellucid.metrics.confusion import confusion_matrix as confusion_matrix
    from pellucid.metrics.ranking import RocAuc as RocAuc
    from pellucid.metrics.regression import R2 as R2
    from pellucid.metrics.regression import MeanAbsoluteError as MeanAbsoluteError
    from pellucid.metrics.regression import MeanSquaredError as MeanSquaredError
    from pellucid.metrics.retrieval import F1 as F1
    from pellucid.metrics.retrieval import Precision as Precision
    from pellucid.metrics.retrieval import Recall as Recall

_KINDS: Places[Metric] = Places(
    __name__,
    {
        "accuracy": "accuracy.Accuracy",
        "top_k": "accuracy.TopK",
        "precision": "retrieval.Precision",
        "recall": "retrieval.Recall",
        "f1": "retrieval.F1",
        "roc_auc": "ranking.RocAuc",
        "mse": "regression.MeanSquaredError",
        "mae": "regression.MeanAbsoluteError",
        "r2": "regression.R2",
    },
)
METRICS: Table[Metric] = Table("metric", _KINDS)

_PLACES = _KINDS.modules | {"Metric": "base", "confusion_matrix": "confusion"}

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted([*_PLACES, "METRICS"])
__getattr__, __dir__ = lazy(__name__, _PLACES)
