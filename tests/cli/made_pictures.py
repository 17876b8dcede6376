"""Pictures to train on and to ask about, and broken ones; what is written about them."""

from __future__ import annotations

import csv
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

QUICK = ["--model", "plain", "--layers", "4", "--augment", "none", "--epochs", "20", "--average", "0"]


def picture(path: Path, level: int, size: tuple[int, int] = (8, 8), mode: str = "L") -> None:
    """A picture of one grey level with a little noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(len(path.name) + level).integers(-20, 21, (size[1], size[0]))
    Image.fromarray(np.clip(level + noise, 0, 255).astype(np.uint8)).convert(mode).save(path)


def pictures(folder: Path, count: int = 10, classes: tuple[str, ...] = ("dark", "light"), **how) -> Path:
    """A folder of dark and light pictures."""
    for k, name in enumerate(classes):
        for i in range(count):
            picture(folder / name / f"{i:02}.png", 60 + 130 * k + i, **how)
    return folder


def broken(folder: Path) -> dict[str, str]:
    """Put one broken picture of each kind into a folder; return what is said about each."""
    folder.mkdir(parents=True, exist_ok=True)

    def png(width: int, height: int) -> bytes:
        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")

    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, "JPEG")
    contents = {
        "bomb.png": (png(60_000, 60_000), "the picture has more than 80 megapixels. Make it smaller"),
        "cut.jpg": (file.getvalue()[:900], "the picture is damaged or cut short (image file is truncated"),
        "empty.jpg": (b"", "the file is empty"),
        "flat.png": (png(0, 8), "the picture has no pixels, its header says 0×8"),
        "text.jpg": (b"This is not\na picture", 'expected a picture, found text that begins "This is not"'),
    }
    for name, (content, _) in contents.items():
        (folder / name).write_bytes(content)
    return {name: said for name, (_, said) in contents.items()}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))
