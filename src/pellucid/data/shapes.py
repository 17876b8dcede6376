"""Whether an array's shape fits a network's input, and the mend where it does not."""

from __future__ import annotations

from math import prod

from pellucid.errors import DataError

Shape = tuple[int, ...]


def batch_shape(shape: Shape, input_shape: Shape | None, what: str) -> Shape:
    """Return the shape (n, *input_shape) that an array of ``shape`` is to be given.

    A row of the right size fits every input shape, and one channel may be written or left out.

    Raises
    ------
    DataError
        No row or no column, or a shape that does not fit. The message holds the corrected code.

    Examples
    --------
    >>> batch_shape((10, 784), (28, 28, 1), "X"), batch_shape((10, 28, 28), (28, 28, 1), "X")
    ((10, 28, 28, 1), (10, 28, 28, 1))
    >>> batch_shape((10,), (1,), "X")
    (10, 1)
    """
    if 0 in shape:
        raise DataError(f"{what}: expected at least one row and one column, got shape {shape}.")
    n, *rest = shape
    if input_shape is None:
        if not rest:
            raise DataError(
                f"{what}: expected one row for each sample, shape (n, features), got shape {shape}. "
                f"Write {what}.reshape(-1, 1) for one feature, or {what}.reshape(1, -1) for one sample."
            )
        return shape
    size = prod(input_shape)
    fits = tuple(rest) in (input_shape, (size,), (*input_shape, 1)) or (*rest, 1) == input_shape
    if fits or (not rest and size == 1):
        return (n, *input_shape)
    wanted = ", ".join(str(s) for s in ("n", *input_shape))
    raise DataError(f"{what}: expected shape ({wanted}), got {shape}. {_mend(shape, input_shape, what)}")


def _mend(shape: Shape, input_shape: Shape, what: str) -> str:
    size, rest = prod(input_shape), shape[1:]
    flat = len(input_shape) == 1
    sizes = ", ".join(map(str, input_shape))
    if shape in ((size,), input_shape):
        return f"This is one sample: write {what}.reshape(1, {sizes})."
    if not rest:
        return f"Give one row for each sample, with {size} features in each."
    if flat and prod(rest) == size:
        return f"Write {what}.reshape(len({what}), -1)."
    if len(rest) == 3 and (*rest[1:], rest[0]) == input_shape:
        return f"The channels come last: write {what}.transpose(0, 2, 3, 1)."
    if flat and len(shape) == 2 and shape[0] == size:
        return f"Each row is one sample: write {what}.T."
    if flat and rest == (size + 1,):
        return "Is the target still among the columns? Leave it out."
    return f"Give data of the network's input shape, or a network with the input shape {rest}."
