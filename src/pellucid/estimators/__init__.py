"""scikit-learn estimators: a network that is trained, searched and validated like any other model there."""

from pellucid.estimators.classifier import PellucidClassifier
from pellucid.estimators.regressor import PellucidRegressor

__all__ = ["PellucidClassifier", "PellucidRegressor"]
