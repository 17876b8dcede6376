"""LibreOffice recalculates worksheets from scratch and meets the engine, also after a changed weight."""

from dataclasses import dataclass

import numpy as np
import openpyxl
import pytest
from office import Recalculated, needs_office, recalculate
from worksheet_cases import CASES, NETWORKS

from pellucid.views.worksheet.book import build_book, write_book

pytestmark = needs_office

EDITED = [name for name in CASES if name.split(" ")[0] in NETWORKS and len(name.split(" ")) == 2]
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
    file = folder / f"{name.replace(' ', '_')}.xlsx"
    file.write_bytes(write_book(book, **how))
    return file


def edit(file, name, change):
    """A copy of a workbook with changed cells; no numbers are stored in it any more."""
    book = openpyxl.load_workbook(file)
    change(book)
    copy = file.with_name(f"{name.replace(' ', '_')}.xlsx")
    book.save(copy)
    return copy


def put(book, block, values):
    for r in range(block.rows):
        for c in range(block.columns):
            book[block.sheet].cell(block.row + r + 1, block.column + c + 1).value = float(values[r, c])


def block_of(sheet, name):
    return next(block for block in sheet.blocks if block.name == name)


def other_weights(net, seed):
    """Every weight a little different."""
    rng = np.random.default_rng(seed)
    net.set_weights({k: w + rng.normal(scale=0.3, size=w.shape) for k, w in net.weights.items()})
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

        def change(workbook, start=book.start):
            for block in start.blocks:
                if block.role in ("weight", "bias", "input"):
                    put(workbook, block, block.values)

        made[f"{name} edited"] = Made(book, edit(made[name].file, f"{name} edited", change))
    made |= planted(folder, made)
    numbers = recalculate([each.file for each in made.values()], folder)
    return {name: (each.book, Recalculated(file)) for (name, each), file in zip(made.items(), numbers, strict=True)}


def planted(folder, made):
    """Faults, and an exercise with right, wrong and missing answers."""
    xor = made["xor sgd"]
    step = xor.book.steps[0]
    z, weights = block_of(step, "dense_1.a.delta"), block_of(xor.book.start, "dense_1.weights")

    def wrong_formula(book):  # δ of the second layer forgets a factor
        cell = book[z.sheet].cell(z.row + 1, z.column + 1)
        cell.value = f"{cell.value}*1.00000001"

    def wrong_start(book):
        book["Start"].cell(weights.row + 1, weights.column + 1).value = 0.75

    exercise = write(folder, "exercise empty", xor.book, exercise=True)
    loss, new = block_of(step, "loss"), block_of(step, "dense_2.weights.new")

    def answers(book):
        page = book["Exercise 1"]
        page.cell(loss.row + 1, loss.column + 1).value = f"={loss.values[0, 0]:.4g}"  # right, in four digits
        page.cell(new.row + 1, new.column + 1).value = float(new.values[0, 0]) * 1.02  # wrong
        page.cell(new.row + 1, new.column + 2).value = "many"  # no number

    return {
        "stored wrongly": Made(xor.book, stored_wrongly(folder, xor.book)),
        "wrong formula": Made(xor.book, edit(xor.file, "wrong formula", wrong_formula)),
        "wrong start": Made(xor.book, edit(xor.file, "wrong start", wrong_start)),
        "exercise": Made(xor.book, edit(exercise, "exercise", answers)),
        "exercise untouched": Made(xor.book, exercise),
    }


def stored_wrongly(folder, book):
    """The worksheet with other numbers stored beside the formulas than those that follow from them."""
    from dataclasses import replace

    from pellucid.views.worksheet.book import Book

    steps = []
    for sheet in book.steps:
        other = type(sheet).__new__(type(sheet))
        other.__dict__ |= sheet.__dict__
        other.blocks = [replace(block, values=block.values + 1.0) for block in sheet.blocks]
        steps.append(other)
    return write(folder, "stored wrongly", Book(book.followed, book.start, steps))


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
    assert numbers.value("Check", "B3") == "all agree"
    assert numbers.value("Check", "B4") == 0


@pytest.mark.parametrize("name", EDITED)
def test_after_other_weights_and_inputs_too(office, name):
    book, numbers = office[f"{name} edited"]
    assert differing(book, numbers) == []
    assert len(differing(office[name][0], numbers)) > 10  # and they are others than before
    assert numbers.value("Check", "B3") == "numbers on Start were changed, so Pellucid's no longer apply"


def test_stored_numbers_are_not_believed(office):
    """The file says other numbers than its formulas; after recalculation nothing of them is left."""
    book, numbers = office["stored wrongly"]
    assert differing(book, numbers) == []


def test_the_checks_find_a_planted_fault(office):
    """A factor of 1 + 10⁻⁸ in one cell: found by this file's comparison, and by the sheet's own."""
    book, numbers = office["wrong formula"]
    found = differing(book, numbers)
    assert found[0] == "Step 1: dense_1.a.delta"
    page = numbers.book["Check"]
    said = {row[1]: (row[3], row[5]) for row in page.iter_rows(min_row=8, values_only=True) if row[0] == "Step 1"}
    assert said["dense_1.a.delta"] == (1, "differs")
    assert said["dense_2.z.delta"] == (0, "agrees")
    assert said["dense_1.z.delta"] == (1, "differs")
    assert numbers.value("Check", "B3").endswith("numbers differ")
    assert numbers.value("Step 1", "A2") == numbers.value("Read me", "B2") == numbers.value("Check", "B3")


def test_a_changed_start_is_told_apart_from_a_fault(office):
    _, numbers = office["wrong start"]
    assert numbers.value("Check", "B4") == 1
    assert numbers.value("Check", "B3") == "numbers on Start were changed, so Pellucid's no longer apply"


def test_an_exercise_counts_right_answers(office):
    book, numbers = office["exercise"]
    assert numbers.value("Exercise 1", "A2") == "1 right of 29"
    _, untouched = office["exercise untouched"]
    assert untouched.value("Exercise 1", "A2") == "0 right of 29"
    assert untouched.value("Check", "B3") == "all agree"


def test_an_exercise_shows_the_numbers_that_are_not_asked_for(office):
    book, numbers = office["exercise untouched"]
    page, blank = numbers.book["Exercise 1"], 0
    for block in book.steps[0].blocks:
        for r in range(block.rows):
            for c in range(block.columns):
                shown = page.cell(block.row + r + 1, block.column + c + 1).value
                blank += shown is None
                assert shown is None or shown == pytest.approx(block.values[r, c], rel=1e-9, abs=1e-15)
    assert blank == 29
