"""The classics against hand calculations, closed forms and scikit-learn."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from pellucid import DataError, DescriptionError, classic
from pellucid.classic.__main__ import tour

GATES = {"and": (0, 0, 0, 1), "or": (0, 1, 1, 1), "nand": (1, 1, 1, 0), "xor": (0, 1, 1, 0)}
INPUTS = ((0, 0), (0, 1), (1, 0), (1, 1))


def rosenblatt(gate: str, rate: float, epochs: int) -> list[tuple[float, float, float]]:
    """The weights after every sample, by the rule as Rosenblatt wrote it: Δw = η (t − a) x."""
    w1 = w2 = b = 0.0
    weights = []
    for _ in range(epochs):
        for (x1, x2), t in zip(INPUTS, GATES[gate], strict=True):
            a = 1 if b + w1 * x1 + w2 * x2 >= 0 else 0
            w1, w2, b = w1 + rate * (t - a) * x1, w2 + rate * (t - a) * x2, b + rate * (t - a)
            weights.append((w1, w2, b))
    return weights


def follows_the_rule(updates: Sequence[classic.Update], rate: float) -> bool:
    """Whether every update is z = b + Σ w x, a = step(z), Δw = η (t − a) x."""
    for u in updates:
        (w1, w2, b), (x1, x2) = u.before, u.x
        z = b + w1 * x1 + w2 * x2
        a = float(z >= 0)
        step = rate * (u.target - a)
        after = (w1 + step * x1, w2 + step * x2, b + step)
        if (u.weighted_input, u.activation, u.after) != (z, a, after):
            return False
    return True


@pytest.mark.parametrize("rate", [1.0, 0.5])
@pytest.mark.parametrize("gate", ["and", "or", "nand"])
def test_a_perceptron_learns_the_gates_by_rosenblatts_rule(gate: str, rate: float) -> None:
    lesson = classic.learn_gate(gate, rate=rate)
    assert lesson.learned
    assert lesson.cycle is None
    assert lesson.errors[-1] == 0
    assert 0 not in lesson.errors[:-1]
    assert [u.after for u in lesson.updates] == rosenblatt(gate, rate, lesson.epochs)
    assert follows_the_rule(lesson.updates, rate)
    assert lesson.network.predict(INPUTS)[:, 0].tolist() == list(GATES[gate])
    assert lesson.weights == lesson.updates[-1].after


def test_the_first_epochs_of_and_by_hand() -> None:
    # Weights of 0: z = 0 counts as 1, so (0, 0) is wrong and takes 1 off the bias; (0, 1) and (1, 0) give z = −1,
    # which is right; (1, 1) gives z = −1, which is wrong, and adds 1 to both weights and the bias.
    lines = classic.learn_gate("and").table().splitlines()
    assert [line.split() for line in lines[2:6]] == [
        ["1", "0", "0", "0", "0", "1", "-1", "0", "0", "-1"],
        ["0", "1", "0", "-1", "0", "0", "0", "0", "-1"],
        ["1", "0", "0", "-1", "0", "0", "0", "0", "-1"],
        ["1", "1", "1", "-1", "0", "1", "1", "1", "0"],
    ]
    assert len(lines) == 2 + 4 * 6


def test_a_planted_fault_in_an_update_is_caught() -> None:
    updates = list(classic.learn_gate("or").updates)
    wrong = next(k for k, u in enumerate(updates) if u.error)
    w1, w2, b = updates[wrong].after
    updates[wrong] = dataclasses.replace(updates[wrong], after=(w1, w2, -b - 1e-12))
    assert not follows_the_rule(updates, 1.0)
    assert not follows_the_rule(classic.learn_gate("or", rate=0.5).updates, 1.0)


def test_one_unit_fails_on_xor_and_its_weights_go_round() -> None:
    lesson = classic.learn_gate("xor")
    assert not lesson.learned
    assert lesson.cycle == 1
    assert follows_the_rule(lesson.updates, 1.0)
    # By hand: from there on every epoch has the same weights, as far as one cares to look.
    weights = rosenblatt("xor", 1.0, 60)
    period = 4 * lesson.cycle
    start = 4 * (lesson.epochs - lesson.cycle)
    assert weights[start:-period] == weights[start + period :]
    assert lesson.verdict().endswith("so they go round for ever: one unit cannot learn it.")


def test_too_few_epochs_are_told_from_a_cycle() -> None:
    lesson = classic.learn_gate("and", epochs=2)
    assert (lesson.learned, lesson.cycle, lesson.epochs) == (False, None, 2)
    assert lesson.verdict() == "AND: still 3 of 4 wrong in epoch 2."


def test_what_a_gate_cannot_be() -> None:
    with pytest.raises(DataError) as error:
        classic.learn_gate("nor")
    assert str(error.value) == 'Unknown gate "nor". Did you mean "or"? Known: and, or, nand, xor.'
    with pytest.raises(DescriptionError) as refused:
        classic.learn_gate("and", epochs=0)
    assert str(refused.value) == "epochs must be a whole number of at least 1, got 0."


def test_two_layers_solve_xor() -> None:
    solution = classic.solve_xor()
    assert solution.solved
    assert solution.outputs["built"].tolist() == [0, 1, 1, 0]
    assert np.abs(solution.built_hidden).tolist() == [[0, 1], [1, 1], [1, 1], [1, 0]]
    assert np.abs(solution.outputs["trained"] - (0, 1, 1, 0)).max() < 0.05
    untrained = dataclasses.replace(solution, outputs=solution.outputs | {"trained": np.full(4, 0.5)})
    assert not untrained.solved


def meets_closed_form(descent: classic.Descent, start: float) -> bool:
    """w after k steps is 1 + (start − 1) (1 − 2η)^k; cost and gradient are those of (w − 1)² there."""
    k = np.arange(len(descent.steps))
    w = 1 + (start - 1) * (1 - 2 * descent.rate) ** k
    expected = np.column_stack([w, (w - 1) ** 2, 2 * (w - 1)])
    found = np.array([(s.w, s.cost, s.gradient) for s in descent.steps])
    return bool(np.allclose(found, expected, rtol=1e-12, atol=1e-13))


@pytest.mark.parametrize(
    ("start", "rate", "epochs"), [(5.0, 0.01, 40), (-3.0, 0.1, 30), (5.0, 0.9, 20), (2.0, 1.05, 25)]
)
def test_descent_on_one_weight(start: float, rate: float, epochs: int) -> None:
    descent = classic.descend(start, rate, epochs)
    assert [s.number for s in descent.steps] == list(range(1, epochs + 1))
    assert meets_closed_form(descent, start)
    for step, following in zip(descent.steps, descent.steps[1:], strict=False):
        assert following.w == step.next_w
        # Machine code may round once where Python rounds twice.
        assert step.next_w == pytest.approx(step.w - rate * step.gradient, rel=1e-13, abs=1e-15)
    assert descent.w == descent.steps[-1].next_w
    assert (abs(descent.w - 1) < abs(start - 1)) == (rate < 1)


def test_a_planted_fault_in_the_descent_is_caught() -> None:
    descent = classic.descend()
    assert meets_closed_form(descent, 5.0)
    assert not meets_closed_form(dataclasses.replace(descent, rate=0.011), 5.0)
    steps = list(descent.steps)
    steps[20] = dataclasses.replace(steps[20], gradient=steps[20].gradient * (1 + 1e-9))
    assert not meets_closed_form(dataclasses.replace(descent, steps=tuple(steps)), 5.0)


def test_the_descent_is_drawn(tmp_path) -> None:
    classic.descend().plot(tmp_path / "descent.svg")
    drawn = (tmp_path / "descent.svg").read_text(encoding="utf-8")
    assert "start: w = 5" in drawn
    assert "end: w = 2.783" in drawn
    assert "40 steps, learning rate 0.01" in drawn


def test_least_squares_meets_the_closed_form() -> None:
    random = np.random.default_rng(1)
    X = random.normal((100.0, -3.0, 0.0), (40.0, 0.01, 1.0), (80, 3))  # scales far apart, standardised inside
    X[:, 2] += 0.02 * X[:, 0]  # and not independent
    y = X @ (0.5, 20.0, -3.0) + 7.0 + random.normal(0.0, 1.0, 80)
    result = classic.least_squares(X, y)
    assert result.converged
    np.testing.assert_allclose(result.weights, result.exact_weights, rtol=1e-9)
    assert result.bias == pytest.approx(result.exact_bias, rel=1e-9)
    # The normal equations, independently: what is left over is at right angles to every input.
    left_over = y - X @ result.weights - result.bias
    assert np.abs((X - X.mean(axis=0)).T @ left_over).max() < 1e-6
    assert abs(left_over.sum()) < 1e-8


def test_a_descent_that_was_stopped_early_does_not_meet_it() -> None:
    X = np.random.default_rng(2).normal(size=(40, 2)) @ ((1.0, 0.9), (0.0, 0.3))
    result = classic.least_squares(X, X @ (1.0, 2.0), epochs=3)
    assert not result.converged
    assert result.difference > 1e-3


def test_least_squares_refuses_what_has_no_single_answer() -> None:
    x = np.arange(6.0)
    with pytest.raises(DataError) as error:
        classic.least_squares(np.column_stack([x, np.full(6, 3.0)]), x)
    assert str(error.value) == "X, column 1: all values are alike. Leave that column out."
    with pytest.raises(DataError) as error:
        classic.least_squares(np.column_stack([x, 2 * x + 1]), x)
    assert str(error.value) == (
        "X: its columns depend on each other (one can be computed from the others, or there are fewer rows than "
        "columns), so there is no single answer. Leave one of them out."
    )
    with pytest.raises(DataError):
        classic.least_squares([1.0, float("nan"), 2.0], [1.0, 2.0, 3.0])


def test_a_sigmoid_unit_meets_logistic_regression() -> None:
    X, y = classic.two_clouds()
    result = classic.tell_apart(X, y, epochs=3000)
    peer = LogisticRegression(C=np.inf, tol=1e-10).fit(X, y)
    np.testing.assert_allclose((result.w1, result.w2, result.b), (*peer.coef_[0], *peer.intercept_), rtol=1e-4)
    assert result.accuracy == peer.score(X, y)
    assert result.costs[0] == pytest.approx(np.log(2))
    assert all(later <= earlier + 1e-12 for earlier, later in zip(result.costs, result.costs[1:], strict=False))


def test_the_tour_shows_everything(capsys) -> None:
    tour()
    shown = capsys.readouterr().out
    for words in ("AND: no error", "OR: no error", "NAND: no error", "XOR: after epoch", "OR and NAND",
                  "After 40 steps w = 2.782802", "closed form", "right side of"):  # fmt: skip
        assert words in shown


def test_points_without_labels_and_tables_of_tables_are_refused():
    for given in ({"X": [[0, 0], [1, 1]]}, {"y": [0, 1]}):
        with pytest.raises(DataError) as error:
            classic.tell_apart(**given)
        assert str(error.value) == "tell_apart: X and y belong together. Give both, or none for the two clouds."
    with pytest.raises(DataError) as error:
        classic.least_squares(np.ones((2, 2, 2)), [1, 2])
    assert str(error.value) == "X: expected a row of numbers for each sample, got an array of shape (2, 2, 2)."
