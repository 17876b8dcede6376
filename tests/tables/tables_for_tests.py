"""Tables for tests: one with every kind of column, as people have them, and small ones written as text."""

import numpy as np
import polars as pl

from pellucid.tables import TablePreparation, read_table

CITIES = [f"city {k:02d}" for k in range(30)]


def flats(n=200, seed=0):
    """Numbers with gaps, categories few and many, yes/no, dates, a constant and an id; the price follows from them."""
    rng = np.random.default_rng(seed)
    rooms = rng.integers(1, 7, n).astype(float)
    area = rooms * 20 + rng.normal(0, 5, n)
    heating = np.array(["gas", "oil", "wood"])[rng.integers(3, size=n)]
    city = np.array(CITIES)[rng.integers(30, size=n)]
    lift = np.array(["no", "yes"])[rng.integers(2, size=n)]
    days = rng.integers(0, 900, n)
    price = 1000 * area + 5000 * (lift == "yes") + 300 * np.array([int(c[-2:]) for c in city]) + rng.normal(0, 500, n)
    gaps = rng.random(n) < 0.1
    return pl.DataFrame(
        {
            "id": [f"flat-{k}" for k in range(n)],
            "rooms": rooms,
            "area": pl.Series(np.where(gaps, np.nan, area)).fill_nan(None),
            "heating": heating,
            "city": city,
            "lift": lift,
            "built": pl.Series(np.datetime64("2020-01-01") + days).cast(pl.Date),
            "country": ["Norway"] * n,
            "price": price.round(2),
        }
    )


def rows(head, cells, n=30):
    return f"{head}\n" + "\n".join(cells(k) for k in range(n)) + "\n"


def fit(write, text, **how):
    return TablePreparation.fit(read_table(write(text)), **how)
