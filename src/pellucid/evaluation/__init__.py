"""How good a network is, and how sure that is: cross-validation, curves, calibration, residuals, importance."""

from pellucid.evaluation.cross_validation import CrossValidation, cross_validate
from pellucid.evaluation.curves import Calibration, Curve, calibration, precision_recall_curve, roc_curve
from pellucid.evaluation.evaluation import Confusion, Evaluation, evaluate_all
from pellucid.evaluation.importance import FoldImportance, Importance, permutation_importance
from pellucid.evaluation.residuals import Residuals

__all__ = [
    "Calibration",
    "Confusion",
    "CrossValidation",
    "Curve",
    "Evaluation",
    "FoldImportance",
    "Importance",
    "Residuals",
    "calibration",
    "cross_validate",
    "evaluate_all",
    "permutation_importance",
    "precision_recall_curve",
    "roc_curve",
]
