"""The doctor's list of checks, and going through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pellucid.doctor import fitting, inputs, rate, targets, units
from pellucid.doctor.case import Case, take_case
from pellucid.doctor.findings import SEVERITIES, Diagnosis, Finding

if TYPE_CHECKING:
    from pellucid.network import Network


@dataclass(frozen=True)
class Check:
    """One thing to look at, and what it needs."""

    name: str
    look: Callable[[Case], Iterator[Finding]]
    needs: tuple[str, ...] = ()


CHECKS: tuple[Check, ...] = (
    Check("missing values", inputs.missing_values),
    Check("constant inputs", inputs.constant_inputs, ("rows",)),
    Check("unscaled inputs", inputs.unscaled_inputs, ("pass",)),
    Check("leaking inputs", inputs.leaking_inputs, ("targets",)),
    Check("rows in both sets", inputs.shared_rows, ("rows", "validation")),
    Check("class imbalance", targets.class_balance, ("classes",)),
    Check("one-class validation set", targets.one_class_validation, ("validation classes",)),
    Check("unscaled targets", targets.unscaled_targets, ("targets", "loss")),
    Check("loss does not fit", targets.loss_fit, ("loss", "given targets")),
    Check("weights not finite", units.weights_finite),
    Check("dead units", units.dead_units, ("pass",)),
    Check("saturated units", units.saturated_units, ("pass",)),
    Check("vanishing or exploding gradients", units.gradients_by_layer, ("gradients",)),
    Check("learning rate, by a step", rate.step_size, ("gradients",)),
    Check("learning rate, by the history", rate.rate_by_history, ("history",)),
    Check("underfitting", fitting.underfitting, ("judgement",)),
    Check("overfitting, by validation rows", fitting.overfitting_by_rows, ("judgement", "validation")),
    Check("overfitting, by the history", fitting.overfitting_by_history, ("history",)),
    Check("unfinished training", fitting.unfinished, ("history",)),
    Check("training and use differ", fitting.training_against_use, ("gradients",)),
)


def diagnose(net: Network, X: Any, y: Any, validation_data: tuple[Any, ...] | None) -> Diagnosis:
    """See :meth:`pellucid.Network.diagnose`."""
    case = take_case(net, X, y, validation_data)
    found: list[Finding] = []
    checked, skipped = [], {}
    for check in CHECKS:
        lacks = next((why for why in map(case.lacks, check.needs) if why is not None), None)
        if lacks is not None:
            skipped[check.name] = lacks
            continue
        checked.append(check.name)
        found += check.look(case)
    found.sort(key=lambda one: (SEVERITIES.index(one.severity), -one.weight))
    return Diagnosis(net.name, tuple(found), tuple(checked), skipped)
