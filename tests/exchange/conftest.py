"""What several tests of exported programs share."""

import datetime

import polars as pl
import pytest
from programs import build_c, sanitizers
from random_tables import network


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A small network with all kinds of columns, as both programs: (folder, network)."""
    folder = tmp_path_factory.mktemp("made")
    days = [datetime.date(2023, 1, 1) + datetime.timedelta(11 * k) for k in range(60)]
    frame = pl.DataFrame({
        "size": [None if k % 9 == 0 else k**2 / 7 for k in range(60)], "city": ["Rome", "Oslo", "Bonn", "Paris"] * 15,
        "große": ["nö", "JÖ"] * 30, "built": [day.strftime("%d %b %Y") for day in days],
        "code": [f"c{k % 15}" for k in range(60)], "y": range(60),
    })  # fmt: skip
    net = network(frame, missing={"size": 9, "city": "Bonn"})
    net.export(folder / "n.py")
    net.export(folder / "n.c")
    build_c(folder, "n.c", "n_main.c", flags=sanitizers())
    return folder, net
