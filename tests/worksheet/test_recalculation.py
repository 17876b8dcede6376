"""LibreOffice recalculates worksheets from scratch and meets the engine, also after a changed weight."""

import re
from dataclasses import dataclass, replace

import numpy as np
import pytest
from office import Recalculated, edit, needs_office, recalculate
from worksheet_cases import CASES, NETWORKS, compiled, joined, numbers

from pellucid import BatchNorm, Dense, Input
from pellucid.views.worksheet.book import Book, build_book, write_book

pytestmark = needs_office

EDITED = [name for name in CASES if name.split(" ")[0] in NETWORKS and len(name.split(" ")) == 2]
EDITED += [*joined(), "batch norm of pictures", "embedding"]
RELATIVE = 1e-9


@dataclass
class Made:
    """What Pellucid expects, and the file that LibreOffice is to recalculate."""

    book: object
    file: object


def network_of(case):
    net = case.make()
    if case.fit:
        net.fit(case.X, case.y, epochs=3, verbose=0)
    return net


def book_of(case, net=None, X=None):
    X = case.X if X is None else X
    return build_book(net or network_of(case), X, case.y, case.steps, case.sample_weight)


def write(folder, name, book, **how):
    file = folder / f"{plain(name)}.xlsx"
    file.write_bytes(write_book(book, **how))
    return file


def plain(name):
    """A name for a file."""
    return re.sub(r"\W+", "_", name)


def cells_of(block, values):
    """The cells of a block with their numbers."""
    return {
        (block.sheet, str(block.cell(r, c))): float(values[r, c])
        for r in range(block.rows)
        for c in range(block.columns)
    }


def block_of(sheet, name):
    return next(block for block in sheet.blocks if block.name == name)


def other_weights(net, seed):
    """Every weight a little different."""
    rng = np.random.default_rng(seed)
    weights = {k: w + rng.normal(scale=0.3, size=w.shape) for k, w in net.weights.items()}
    net.set_weights({k: np.abs(w) if k.endswith(".variance") else w for k, w in weights.items()})
    return net


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    """All workbooks of this file, recalculated in one start: {name: (expected sheets, numbers)}."""
    folder = tmp_path_factory.mktemp("worksheets")
    made = {}
    for name, case in CASES.items():
        book = book_of(case)
        made[name] = Made(book, write(folder, name, book))
    for name in EDITED:  # other weights, and in the first sample another input
        case, X = CASES[name], CASES[name].X.copy()
        X[0].flat[0] += 0.25
        book = book_of(case, other_weights(network_of(case), 5), X)
        given = [block for block in book.start.blocks if block.role in ("weight", "bias", "statistic", "input")]
        changes = {cell: value for block in given for cell, value in cells_of(block, block.values).items()}
        made[f"{name} edited"] = Made(book, edit(made[name].file, f"{plain(name)}_edited", changes))
    made |= planted(folder, made)
    out = recalculate([each.file for each in made.values()], folder)
    return {name: (each.book, Recalculated(out, each.file)) for name, each in made.items()}


def planted(folder, made):
    """Faults, and an exercise with right, wrong and missing answers."""
    xor = made["xor sgd"]
    step = xor.book.steps[0]
    da, weights = block_of(step, "dense_1.a.delta"), block_of(xor.book.start, "dense_1.weights")
    loss, new = block_of(step, "loss"), block_of(step, "dense_2.weights.new")
    exercise = write(folder, "exercise empty", xor.book, exercise=True)
    factor = {(da.sheet, str(da.cell())): f"{da.formulas[0][0]}*1.00000001"}
    other = {("Start", str(weights.cell())): 0.75}
    answers = {
        ("Exercise 1", str(loss.cell())): f"={loss.values[0, 0]:.4g}",  # right, in four digits
        ("Exercise 1", str(new.cell())): float(new.values[0, 0]) * 1.02,  # wrong
        ("Exercise 1", str(new.cell(0, 1))): "many",  # no number
    }
    norms, dropped = made["batch norm"], made["dropout"]
    batch, rest = block_of(norms.book.steps[0], "batchnorm_2.batch"), rounding_enlarged()
    faults = {(batch.sheet, str(batch.cell(1, 1))): f"={batch.formulas[1][1][1:]}*1.00000001"}
    mask = block_of(dropped.book.start, "dropout_2.mask_1")
    other_mask = {("Start", str(mask.cell(0, 3))): 1.0 - float(mask.values[0, 3])}
    return {
        "wrong variance": Made(norms.book, edit(norms.file, "wrong_variance", faults)),
        "other mask": Made(dropped.book, edit(dropped.file, "other_mask", other_mask)),
        "rounding enlarged": Made(rest, write(folder, "rounding enlarged", rest)),
        "stored wrongly": Made(xor.book, stored_wrongly(folder, xor.book)),
        "wrong formula": Made(xor.book, edit(xor.file, "wrong_formula", factor)),
        "wrong start": Made(xor.book, edit(xor.file, "wrong_start", other)),
        "exercise": Made(xor.book, edit(exercise, "exercise_answered", answers)),
        "exercise untouched": Made(xor.book, exercise),
    }


def rounding_enlarged():
    """A bias before BatchNorm has the gradient 0 but for rounding, which Adam divides by itself."""
    layers = [Input(3), Dense(4, "tanh"), BatchNorm(), Dense(3), BatchNorm(), Dense(1)]
    net = compiled(layers, "mse", {"kind": "adam", "rate": 0.1})()
    return build_book(net, numbers(4, 5, 3), numbers(6, 5), 3)


def stored_wrongly(folder, book):
    """The worksheet with other numbers stored beside the formulas than those that follow from them."""
    steps = []
    for sheet in book.steps:
        other = type(sheet).__new__(type(sheet))
        other.__dict__ |= sheet.__dict__
        other.blocks = [replace(block, values=block.values + 1.0) for block in sheet.blocks]
        steps.append(other)
    return write(folder, "stored wrongly", Book(book.followed, book.start, steps))


def verdict(numbers):
    return numbers.text("Check", 2, 1)


def changed(numbers):
    return int(numbers.text("Check", 3, 1))


def differing(book, numbers):
    """The blocks whose recalculated numbers are not the engine's within 1e-9."""
    found, count = [], 0
    for sheet in book.steps:
        for block in sheet.blocks:
            if not block.checked:
                continue
            room = RELATIVE * np.abs(block.values) + 1e-15 * (1 + np.abs(block.values).max())
            got = numbers.block(block)
            count += got.size
            if not (np.abs(got - block.values) <= room).all():
                found.append(f"{sheet.name}: {block.name}")
    assert count > 0
    return found


@pytest.mark.parametrize("name", CASES)
def test_recalculated_numbers_are_the_engines(office, name):
    book, numbers = office[name]
    assert differing(book, numbers) == []
    assert verdict(numbers) == "all agree"
    assert changed(numbers) == 0


@pytest.mark.parametrize("name", EDITED)
def test_after_other_weights_and_inputs_too(office, name):
    book, numbers = office[f"{name} edited"]
    assert differing(book, numbers) == []
    assert len(differing(office[name][0], numbers)) > 10  # and they are others than before
    assert verdict(numbers) == "numbers on Start were changed, so Pellucid's no longer apply"


def test_stored_numbers_are_not_believed(office):
    """The file says other numbers than its formulas; after recalculation nothing of them is left."""
    book, numbers = office["stored wrongly"]
    assert differing(book, numbers) == []


def test_the_checks_find_a_planted_fault(office):
    """A factor of 1 + 10⁻⁸ in one cell: found by this file's comparison, and by the sheet's own."""
    book, numbers = office["wrong formula"]
    found = differing(book, numbers)
    assert found[0] == "Step 1: dense_1.a.delta"
    said = {row[1]: (row[3], row[5]) for row in numbers.sheet("Check")[7:] if row[0] == "Step 1"}
    assert said["dense_1.a.delta"] == ("1", "differs")
    assert said["dense_2.z.delta"] == ("0", "agrees")
    assert said["dense_1.z.delta"] == ("1", "differs")
    assert verdict(numbers).endswith("numbers differ")
    assert numbers.text("Step 1", 1, 0) == numbers.text("Read me", 1, 1) == verdict(numbers)


def test_a_wrong_variance_of_a_batch_is_found_in_what_follows(office):
    book, numbers = office["wrong variance"]
    assert differing(book, numbers)[:2] == ["Step 1: batchnorm_2.variance.new", "Step 1: batchnorm_2.a"]
    assert verdict(numbers).endswith("numbers differ")


def test_another_mask_changes_what_follows(office):
    book, numbers = office["other mask"]
    assert changed(numbers) == 1
    assert "Step 1: dropout_2.a" in differing(book, numbers)


def test_rounding_that_an_optimizer_enlarges_is_no_fault(office):
    _, numbers = office["rounding enlarged"]
    assert verdict(numbers) == "all agree"
    assert float(numbers.text("Check", 5, 1)) == 1e-6
    words = " ".join(cell for row in numbers.sheet("Read me") for cell in row)
    assert "Check allows for 1e-06." in words
    assert float(office["batch norm"][1].text("Check", 5, 1)) == 1e-15


def test_a_changed_start_is_told_apart_from_a_fault(office):
    _, numbers = office["wrong start"]
    assert changed(numbers) == 1
    assert verdict(numbers) == "numbers on Start were changed, so Pellucid's no longer apply"


def test_an_exercise_counts_right_answers(office):
    _, numbers = office["exercise"]
    assert numbers.text("Exercise 1", 1, 0) == "1 right of 26"
    _, untouched = office["exercise untouched"]
    assert untouched.text("Exercise 1", 1, 0) == "0 right of 26"
    assert verdict(untouched) == "all agree"


def test_an_exercise_shows_the_numbers_that_are_not_asked_for(office):
    book, numbers = office["exercise untouched"]
    page, blank = numbers.sheet("Exercise 1"), 0
    for block in book.steps[0].blocks:
        for r in range(block.rows):
            for c in range(block.columns):
                shown = page[block.row + r][block.column + c]
                blank += shown == ""
                assert shown == "" or float(shown) == pytest.approx(block.values[r, c], rel=1e-9, abs=1e-15)
    assert blank == 26
