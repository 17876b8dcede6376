"""Bad data never train: one clear error, the whole text of it, and everything as it was."""

import numpy as np
import pytest

from pellucid import DataError, Dense, Input, Network

X = np.linspace(-1, 1, 24).reshape(8, 3)
Y = np.array([0, 1, 0, 1, 0, 1, 0, 1])


def changed(array, place, value):
    array = np.array(array, dtype=float if isinstance(value, float) else None)
    array[place] = value
    return array


def network(units=1, activation="sigmoid", loss="binary_crossentropy", optimizer="adam"):
    net = Network([Input(3), Dense(4, activation="tanh"), Dense(units, activation=activation)], seed=1)
    net.compile(loss, optimizer, ["accuracy"] if loss != "mse" else [])
    return net


def three(loss="categorical_crossentropy"):
    return network(3, "softmax", loss)


def numbers(units=1):
    return network(units, "identity", "mse")


FILL = "Fill in such values (for instance with the column's median), or drop their rows."
DROP = "Drop such rows from the features and the targets."
# name → (network, X, y, further arguments of fit, the error's text)
CASES = {
    "NaN": (network, changed(X, (3, 1), np.nan), Y, {},
        f"X, row 3, column 1: expected a finite number, got NaN. 1 value of X is missing, NaN or infinite. {FILL}"),
    "infinity": (network, changed(X, (0, 2), -np.inf), Y, {},
        "X, row 0, column 2: expected a finite number, got -infinity. 1 value of X is missing, NaN or infinite. "
        f"{FILL}"),
    "too large for float32": (network, changed(X, (5, 0), 1e39), Y, {},
        "X, row 5, column 0: 1e+39 is too large for float32, whose largest value is 3.4e+38. 1 value of X is too "
        "large. Divide the column by a constant, for instance by its largest value."),
    "text": (network, [["1", "2", "x"]] * 8, Y, {},
        "X, row 0, column 0: expected a number, got '1'. 24 values of X are not numbers. Encode text as numbers (for "
        "instance one column of 0 and 1 for each category), or leave the column out."),
    "a column too few": (network, X[:, :2], Y, {},
        "X: expected shape (n, 3), got (8, 2). Give data of the network's input shape, or a network with the input "
        "shape (2,)."),
    "the target among the features": (network, np.column_stack([X, Y]), Y, {},
        "X: expected shape (n, 3), got (8, 4). Is the target still among the columns? Leave it out."),
    "one sample": (network, X[0], Y[:1], {},
        "X: expected shape (n, 3), got (3,). This is one sample: write X.reshape(1, 3)."),
    "no rows": (network, X[:0], Y[:0], {}, "X: expected at least one row and one column, got shape (0, 3)."),
    "rows of unequal length": (network, [[1, 2, 3], [1, 2]], [0, 1], {},
        "X: row 1 has 2 values, but row 0 has 3. Give every row as many values."),
    "fewer targets than rows": (network, X, Y[:5], {}, "X has 8 rows, but y has 5. Give one target for each row."),
    "NaN in the targets": (numbers, X, changed(Y, 6, np.nan), {},
        f"y, row 6: expected a target, got NaN. 1 value of y is missing, NaN or infinite. {DROP}"),
    "targets too large": (numbers, X, changed(Y, 2, 1e300), {},
        "y, row 2, column 0: too large for float32, whose largest value is 3.4e+38. Divide the targets by a constant."),
    "a label past the last": (three, X, changed(Y, 4, 3), {},
        "y, row 4: expected a label from 0 to 2, one for each of the 3 outputs, got 3. 1 row has such a label. Number "
        "the classes from 0, or give the last layer 4 units."),
    "labels from 1": (three, X, np.array([1, 2, 3, 1, 2, 3, 1, 3]), {},
        "y, row 2: expected a label from 0 to 2, one for each of the 3 outputs, got 3. 3 rows have such a label. "
        "Number the classes from 0, or give the last layer 4 units."),
    "a negative label": (three, X, changed(Y, 1, -1), {},
        "y, row 1: expected a label from 0 to 2, one for each of the 3 outputs, got -1. 1 row has such a label. Number "
        "the classes from 0, or give the last layer 2 units."),
    "a label that is not whole": (three, X, changed(Y, 1, 0.5), {},
        "y: expected 3 columns of targets, one for each output, got 1 column. Give whole-number labels 0…2, one-hot "
        "rows, or end the network with Dense(1)."),
    "two columns for three outputs": (three, X, np.eye(2)[Y], {},
        "y: expected 3 columns of targets, one for each output, got 2 columns. End the network with Dense(2), or give "
        "targets of shape (n, 3)."),
    "two columns for one output": (numbers, X, np.eye(2)[Y], {},
        "y: expected 1 column of targets, one for each output, got 2 columns. End the network with Dense(2), or give "
        "targets of shape (n, 1)."),
    "probabilities that do not add up": (three, X, changed(np.eye(3)[Y], (2, 1), 1.0), {},
        'y, row 2: loss "categorical_crossentropy" takes probabilities that add up to 1, got a sum of 2. Divide each '
        'row by its sum; for several yes/no labels use sigmoid outputs and loss="binary_crossentropy".'),
    "a third class for one sigmoid": (network, X, changed(Y, 7, 2), {},
        'y, row 7: loss "binary_crossentropy" takes targets from 0 to 1, got 2. Use 0 and 1 for the two classes.'),
    "three names for one sigmoid": (network, X, ["a", "b", "c", "a"] * 2, {},
        'y has 3 classes ("a", "b", "c"), but the last layer\'s 1 unit tells 2 classes apart. Give it 3 units and a '
        "softmax."),
    "one class": (network, X, np.ones(8, int), {},
        "Training data: all 8 rows are of class 1; expected at least two classes. Choose rows of every class "
        "(validation_split does)."),
    "one class by name": (three, X, ["cat"] * 8, {},
        'Training data: all 8 rows are of class "cat"; expected at least two classes. Choose rows of every class '
        "(validation_split does)."),
    "one class in validation": (network, X, Y, {"validation_data": (X[::2], Y[::2])},
        "Validation data: all 4 rows are of class 0; expected at least two classes. Choose rows of every class "
        "(validation_split does)."),
    "NaN in validation": (network, X, Y, {"validation_data": (changed(X, (1, 1), np.nan), Y)},
        "validation X, row 1, column 1: expected a finite number, got NaN. 1 value of validation X is missing, NaN or "
        f"infinite. {FILL}"),
    "a new class in validation": (three, X, ["a", "b", "c", "a"] * 2, {"validation_data": (X[:2], ["a", "bb"])},
        'validation y, row 1: class "bb" is not one that the network knows. Did you mean "b"? Known: "a", "b", "c".'),
    "validation twice": (network, X, Y, {"validation_split": 0.5, "validation_data": (X, Y)},
        "Give validation_split or validation_data, not both."),
    "validation of one thing": (network, X, Y, {"validation_data": X},
        "validation_data: expected (X, y) or (X, y, sample_weight)."),
    "a split of everything": (network, X, Y, {"validation_split": 1.0},
        "Split: expected a fraction between 0 and 1, got 1.0. A usual choice is 0.2."),
    "too few weights": (network, X, Y, {"sample_weight": [1, 2]},
        "sample_weight has 2 numbers, but X has 8 rows. Give one for each row."),
    "a negative weight": (network, X, Y, {"sample_weight": changed(np.ones(8), 2, -0.5)},
        "sample_weight, row 2: expected 0 or a positive number, got -0.5."),
    "a weight that is no number": (network, X, Y, {"sample_weight": ["heavy"] * 8},
        "sample_weight: expected one number for each row of X. could not convert string to float: 'heavy'"),
    "weights of zero": (network, X, Y, {"sample_weight": np.zeros(8)},
        "sample_weight: all weights are 0, so there is nothing to learn from."),
    "no weight for a class": (network, X, Y, {"class_weight": {0: 2.0}},
        'class_weight: no weight for class "1". Give one for every class.'),
    "a class that is not there": (network, X, ["no", "yes"] * 4, {"class_weight": {"nay": 1, "yes": 2}},
        'class_weight: no class "nay". Known: no, yes.'),
    "a label that is not there": (network, X, Y, {"class_weight": {0: 1, 1: 2, 2: 3}},
        'class_weight: no class "2". Known: labels from 0 to 1.'),
    "labels that are not there": (three, X, [0, 1, 2, 1] * 2, {"class_weight": {-1: 1, 0: 1, 1: 2, 2: 3, 1.5: 2}},
        'class_weight: no classes "-1", "1.5". Known: labels from 0 to 2.'),
    "a word for class weights": (network, X, Y, {"class_weight": "balance"},
        'class_weight: expected a dict or "balanced", got "balance".'),
    "a list for class weights": (network, X, Y, {"class_weight": [1, 2]},
        'class_weight: expected a dict or "balanced", got [1, 2].'),
    "a class weight that is no number": (network, X, Y, {"class_weight": {0: "a", 1: 1}},
        "class_weight: expected a number for each class, got {0: 'a'}."),
    "class weights for numbers": (numbers, X, np.linspace(0, 1, 8), {"class_weight": "balanced"},
        "class_weight: the targets are not classes. Use sample_weight, or leave it out."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_and_nothing_is_trained(case):
    make, given, targets, how, text = CASES[case]
    net = make()
    before = net.parameters.copy()
    with pytest.raises(DataError) as error:
        net.fit(given, targets, epochs=2, verbose=0, seed=5, **how)
    assert str(error.value) == text
    assert np.array_equal(net.parameters, before)
    assert net.history.epoch == []
    assert net.updates == 0
    assert net.class_names is None
    net.fit(X, Y if net.output_units == 1 else np.eye(3)[Y], epochs=1, verbose=0, seed=5)
    fresh = make()
    fresh.fit(X, Y if net.output_units == 1 else np.eye(3)[Y], epochs=1, verbose=0, seed=5)
    assert np.array_equal(net.parameters, fresh.parameters), "the refused call left a trace"


@pytest.mark.parametrize("case", ["NaN", "a column too few", "one sample", "no rows", "text"])
def test_predict_refuses_the_same(case):
    make, given, _, _, text = CASES[case]
    with pytest.raises(DataError) as error:
        make().predict(given)
    assert str(error.value) == text


@pytest.mark.parametrize("case", ["NaN", "fewer targets than rows", "a label past the last", "targets too large"])
def test_evaluate_refuses_the_same(case):
    make, given, targets, _, text = CASES[case]
    with pytest.raises(DataError) as error:
        make().evaluate(given, targets)
    assert str(error.value) == text


def test_a_table_names_its_columns():
    import polars

    table = polars.DataFrame({"height": [1.0, 2.0], "age": [3.0, None], "weight": [1.0, 1.0]})
    with pytest.raises(DataError) as error:
        network().fit(table, [0, 1], verbose=0)
    assert str(error.value) == (
        'X, row 1, column "age": expected a finite number, got NaN. 1 value of X is missing, NaN or infinite. ' + FILL
    )


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"dense_1.weight": np.ones((3, 4))},
         'No weights "dense_1.weight". Did you mean "dense_1.weights"? Known: dense_1.weights, dense_1.bias, '
         "dense_2.weights, dense_2.bias."),
        ({"dense_1.bias": [1, 2]}, 'Weights "dense_1.bias": expected shape (4,), got (2,).'),
        ({"dense_1.bias": [1, 2, 3, np.nan]},
         'Weights "dense_1.bias": a number is NaN, infinite, or too large for float32.'),
        ({"dense_1.bias": [1, 2, 3, 1e300]},
         'Weights "dense_1.bias": a number is NaN, infinite, or too large for float32.'),
        ({"dense_1.bias": "abc"},
         "Weights \"dense_1.bias\": expected an array of numbers. could not convert string to float: 'abc'"),
        ([1.0], "set_weights takes a dict of arrays by name, got list."),
    ],
)  # fmt: skip
def test_weights_that_do_not_fit(given, text):
    net = network()
    before = net.parameters.copy()
    both = {"dense_2.bias": [7.0], **given} if isinstance(given, dict) else given
    with pytest.raises(DataError) as error:
        net.set_weights(both)
    assert str(error.value) == text
    assert np.array_equal(net.parameters, before), "not even those that fit are put in"
