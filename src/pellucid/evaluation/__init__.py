"""How good a network is, and how sure that is: cross-validation, curves, calibration, residuals, importance."""

from typing import TYPE_CHECKING

from pellucid.lazy import lazy

if TYPE_CHECKING:
    from pellucid.evaluation.cross_validation import cross_validate as cross_validate
    from pellucid.evaluation.curves import Calibration as Calibration
    from pellucid.evaluation.curves import Curve as Curve
    from pellucid.evaluation.curves import calibration as calibration
    from pellucid.evaluation.curves import precision_recall_curve as precision_recall_curve
    from pellucid.evaluation.curves import roc_curve as roc_curve
    from pellucid.evaluation.evaluation import Confusion as Confusion
    from pellucid.evaluation.evaluation import Evaluation as Evaluation
    from pellucid.evaluation.evaluation import evaluate_all as evaluate_all
    from pellucid.evaluation.fold_figures import CrossValidation as CrossValidation
    from pellucid.evaluation.importance import FoldImportance as FoldImportance
    from pellucid.evaluation.importance import Importance as Importance
    from pellucid.evaluation.importance import permutation_importance as permutation_importance
    from pellucid.evaluation.kept import KeptFolds as KeptFolds
    from pellucid.evaluation.residuals import Residuals as Residuals

_PLACES = {
    "Calibration": "curves",
    "Confusion": "evaluation",
    "CrossValidation": "fold_figures",
    "Curve": "curves",
    "Evaluation": "evaluation",
    "FoldImportance": "importance",
    "Importance": "importance",
    "KeptFolds": "kept",
    "Residuals": "residuals",
    "calibration": "curves",
    "cross_validate": "cross_validation",
    "evaluate_all": "evaluation",
    "permutation_importance": "importance",
    "precision_recall_curve": "curves",
    "roc_curve": "curves",
}

if not TYPE_CHECKING:  # they cannot compute it, and take all names above
    __all__ = sorted(_PLACES)
__getattr__, __dir__ = lazy(__name__, _PLACES)
