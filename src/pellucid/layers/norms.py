"""What BatchNorm and LayerNorm share: γ and β of each channel, and the check of their options."""

from __future__ import annotations

from pellucid.errors import DescriptionError
from pellucid.initializers import INITIALIZERS
from pellucid.layers.base import Parameter


def gamma_and_beta(channels: int) -> tuple[Parameter, Parameter]:
    """γ, which begins with ones, and β, which begins with zeros."""
    C = channels
    ones, zeros = INITIALIZERS.get("ones"), INITIALIZERS.get("zeros")
    return Parameter("gamma", (C,), ones, C, C), Parameter("beta", (C,), zeros, C, C)


def check_share(value: object, what: str, zero: bool) -> None:
    """Refuse what is not a number between 0 and 1."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (number and 0 <= value < 1 and (zero or value > 0)):  # type: ignore[operator]
        least = "at least 0" if zero else "above 0"
        raise DescriptionError(f"{what} must be {least} and below 1, got {value!r}.")
