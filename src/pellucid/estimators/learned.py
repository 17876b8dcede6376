"""What a trained estimator shows of itself, under the names that scikit-learn's multi-layer perceptron has for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.layers import Dense

if TYPE_CHECKING:
    from pellucid.network import Network


class Learned:
    """Weights, losses and sizes of ``network_``."""

    network_: Network
    early_stopping: bool

    @property
    def coefs_(self) -> list[NDArray[Any]]:
        """The weights of each Dense layer, (inputs, units)."""
        return [array for name, array in self.network_.weights.items() if name in self._dense(".weights")]

    @property
    def intercepts_(self) -> list[NDArray[Any]]:
        """The biases of each Dense layer, (units,)."""
        return [array for name, array in self.network_.weights.items() if name in self._dense(".bias")]

    def _dense(self, ending: str) -> list[str]:
        return [name + ending for name, layer in self.network_.layers if isinstance(layer, Dense)]

    @property
    def loss_curve_(self) -> list[float]:
        """The loss of every epoch so far, the penalties of ``alpha`` included."""
        return list(self.network_.history.history["loss"])

    @property
    def validation_curve_(self) -> list[float] | None:
        """The loss on the validation samples after every epoch, or None where there are none."""
        found = self.network_.history.history.get("val_loss")
        return None if found is None else list(found)

    @property
    def loss_(self) -> float:
        """The loss of the latest epoch."""
        return self.loss_curve_[-1]

    @property
    def best_loss_(self) -> float:
        """The smallest loss of any epoch: on the validation samples with ``early_stopping``."""
        curve = self.validation_curve_ if self.early_stopping else None
        return float(np.nanmin(curve or self.loss_curve_))

    @property
    def n_iter_(self) -> int:
        """Epochs so far."""
        return len(self.network_.history.epoch)

    @property
    def n_layers_(self) -> int:
        """Layers of units, the input counted too."""
        return len(self.coefs_) + 1

    @property
    def n_outputs_(self) -> int:
        """Outputs of the network."""
        return self.network_.output_units

    @property
    def out_activation_(self) -> str:
        """The activation of the last layer."""
        return str(self.network_.layers[-1][1].activation.name)  # type: ignore[attr-defined]
