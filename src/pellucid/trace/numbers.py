"""Numbers as text."""

from __future__ import annotations

from typing import Any

import numpy as np


def shown_number(value: Any, digits: int | None = 4) -> str:
    """A number to significant digits; every digit that tells it apart from its neighbours with ``digits=None``.

    >>> shown_number(0.123456789), shown_number(1 / 3, None), shown_number(np.float32(0.1), None), shown_number(12)
    ('0.1235', '0.3333333333333333', '0.1', '12')
    >>> shown_number(0.0), shown_number(-1e-9), shown_number(123456.0), shown_number(-0.0)
    ('0', '-1e-09', '1.235e+05', '0')
    """
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if digits is None:
        if isinstance(value, np.floating):
            text = np.format_float_positional(value, trim="-")
            return text if len(text) <= 24 else np.format_float_scientific(value, trim="-")
        return f"{value!r}".removesuffix(".0")
    return f"{float(value):.{digits}g}"
