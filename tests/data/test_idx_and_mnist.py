"""The IDX reader on whole and damaged files, and MNIST from a folder, from the cache and from a mirror."""

import gzip
import re
import struct
import tempfile
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import load_mnist, mnist, read_idx
from pellucid.data.idx import TYPES
from pellucid.errors import DataError


def idx_bytes(array, code=None):
    """Write an array as IDX, independently of the reader."""
    code = code or {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


SMALL = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def refuses(text):
    return pytest.raises(DataError, match=f"^{re.escape(text)}$")


@pytest.mark.parametrize("kind", ["u1", "i1", "i2", "i4", "f4", "f8"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_every_element_type_plain_and_compressed(tmp_path, kind, pack):
    array = (np.arange(6) - 2).astype(kind).reshape(2, 3)
    (tmp_path / "a").write_bytes(pack(idx_bytes(array)))
    found = read_idx(tmp_path / "a")
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    assert np.array_equal(found, array)
    assert found.flags.writeable


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "expected an IDX file (first bytes 00 00, element type, dimensions), found an empty file."),
        (
            b"\x89PNG..",
            "expected an IDX file (first bytes 00 00, element type, dimensions), found the bytes 89 50 4e 47.",
        ),
        (
            b"\0\0\x0a\1",
            "expected an IDX file (first bytes 00 00, element type, dimensions), found the bytes 00 00 0a 01.",
        ),
        (
            b"\0\0\x08\0",
            "expected an IDX file (first bytes 00 00, element type, dimensions), found the bytes 00 00 08 00.",
        ),
        (
            b"\0\0\x08\2\0\0\0\1",
            "the file is damaged: expected 2 sizes in the header, found 1. Get the file again.",
        ),
        (
            b"\0\0\x08\1\0\0\0\0",
            "the file is damaged: expected sizes of 1 or more, found shape (0,) of uint8. Get the file again.",
        ),
        (
            idx_bytes(SMALL)[:-1],
            "the file is damaged: expected 24 bytes for shape (2, 3, 4) of uint8, found 23 bytes. Get the file again.",
        ),
        (
            idx_bytes(SMALL) + b"x",
            "the file is damaged: expected 24 bytes for shape (2, 3, 4) of uint8, found 25 bytes. Get the file again.",
        ),
        (
            gzip.compress(idx_bytes(SMALL)[:-1], mtime=0),
            "the file is damaged: expected 24 bytes for shape (2, 3, 4) of uint8, found 23 bytes. Get the file again.",
        ),
        (
            gzip.compress(idx_bytes(SMALL) + b"xy", mtime=0),
            "the file is damaged: expected 24 bytes for shape (2, 3, 4) of uint8, found more bytes. "
            "Get the file again.",
        ),
        (
            gzip.compress(idx_bytes(SMALL), mtime=0)[:-10],
            "the file is damaged: expected a whole gzip stream, found Compressed file ended before the "
            "end-of-stream marker was reached. Get the file again.",
        ),
        (
            b"\0\0\x0e\3" + b"\xff" * 12,
            "the file is damaged: expected 633825299671392843082401579000 bytes for shape "
            "(4294967295, 4294967295, 4294967295) of float64, found 0 bytes. Get the file again.",
        ),
    ],
)
def test_damaged_files(tmp_path, data, reason):
    path = tmp_path / "digits"
    path.write_bytes(data)
    with refuses(f"{path}: {reason}"):
        read_idx(path)


def test_a_compressed_file_cannot_ask_for_more_memory_than_it_can_hold(tmp_path):
    path = tmp_path / "bomb"
    data = gzip.compress(b"\0\0\x08\1\x7f\xff\xff\xff", mtime=0)
    path.write_bytes(data)
    most = len(data) * 1032 - 8
    with refuses(
        f"{path}: the file is damaged: expected 2147483647 bytes for shape (2147483647,) of uint8, "
        f"found a file that can hold at most {most} bytes. Get the file again."
    ):
        read_idx(path)


def test_no_such_file(tmp_path):
    (tmp_path / "train-labels").write_bytes(b"")
    with refuses(f'{tmp_path / "train-label"}: there is no such file. Did you mean "train-labels"?'):
        read_idx(tmp_path / "train-label")
    with refuses(f"{tmp_path}: cannot be read: Is a directory."):
        read_idx(tmp_path)


@settings(deadline=None, max_examples=300)
@given(data=st.data(), compressed=st.booleans())
def test_mutated_bytes_are_refused_or_read_as_their_header_tells(data, compressed):
    raw = bytearray(idx_bytes(SMALL))
    if compressed:
        raw = bytearray(gzip.compress(bytes(raw), mtime=0))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    raw = raw[: data.draw(st.integers(0, len(raw)))] + data.draw(st.binary(max_size=3))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "mutated")
        path.write_bytes(raw)
        try:
            found = read_idx(path)
        except DataError:  # and no other exception
            return
    plain = bytes(raw) if raw[:2] != b"\x1f\x8b" else gzip.decompress(raw)
    shape = struct.unpack(f">{plain[3]}I", plain[4 : 4 + 4 * plain[3]])
    assert found.shape == shape
    assert found.astype(TYPES[plain[2]]).tobytes() == plain[-prod(shape) * found.dtype.itemsize :]


NAMES = list(mnist.FILES)


def write_small_mnist(folder, rename=lambda name: name, pack=bytes):
    folder.mkdir(parents=True, exist_ok=True)
    for name, n in zip(NAMES, (5, 5, 3, 3), strict=True):
        images = np.full((n, 28, 28), 51, np.uint8)
        array = images if "images" in name else np.arange(n, dtype=np.uint8)
        (folder / rename(name)).write_bytes(pack(idx_bytes(array)))


@pytest.mark.parametrize(
    ("rename", "pack"),
    [
        (lambda name: name, bytes),
        (lambda name: f"{name}.gz", gzip.compress),
        (lambda name: name.replace("-idx", ".idx"), bytes),
        (lambda name: name.replace("-idx", ".idx") + ".gz", gzip.compress),
    ],
)
def test_mnist_from_a_folder(tmp_path, rename, pack):
    write_small_mnist(tmp_path, rename, pack)
    data = load_mnist(tmp_path)
    assert data.X.dtype == np.float32
    assert data.X.shape == (5, 28, 28)
    assert np.allclose(data.X, 0.2)
    assert data.y.dtype == np.int64
    assert data.y.tolist() == [0, 1, 2, 3, 4]
    assert data.test is not None
    assert data.test.X.shape == (3, 28, 28)
    assert data.class_names == tuple("0123456789")


def test_mnist_from_the_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    write_small_mnist(tmp_path / "pellucid" / "mnist")
    assert load_mnist().n == 5


def test_mnist_is_downloaded_into_the_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / name))
    asked = []

    def fetch(name, urls, folder, *, md5, progress):
        asked.append((name, urls, md5))
        write_small_mnist(folder, lambda name: f"{name}.gz", gzip.compress)
        return folder / name

    monkeypatch.setattr(mnist, "fetch", fetch)
    assert load_mnist().n == 5
    assert asked == [
        (
            "train-images-idx3-ubyte.gz",
            [
                "https://ossci-datasets.s3.amazonaws.com/mnist/train-images-idx3-ubyte.gz",
                "https://storage.googleapis.com/cvdf-datasets/mnist/train-images-idx3-ubyte.gz",
            ],
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        )
    ]


def test_mnist_files_that_do_not_belong_together(tmp_path):
    write_small_mnist(tmp_path)
    labels = tmp_path / NAMES[1]
    labels.write_bytes(idx_bytes(np.zeros(4, np.uint8)))
    with refuses(f"{labels}: expected shape (5,) of uint8, found (4,) of uint8. Is it a file of MNIST?"):
        load_mnist(tmp_path)
    labels.write_bytes(idx_bytes(np.full(5, 10, np.uint8)))
    with refuses(f"{labels}: expected labels from 0 to 9, found 10. Get the file again."):
        load_mnist(tmp_path)
    images = tmp_path / NAMES[0]
    images.write_bytes(idx_bytes(np.zeros((5, 28, 27), np.uint8)))
    with refuses(f"{images}: expected shape (n, 28, 28) of uint8, found (5, 28, 27) of uint8. Is it a file of MNIST?"):
        load_mnist(tmp_path)
    images.unlink()
    with refuses(
        f'{tmp_path}: the file {NAMES[0]} is missing, also with .gz at the end or "." for "-idx". '
        "Leave out the folder to download MNIST."
    ):
        load_mnist(tmp_path)


def test_the_real_mnist(shared_data):
    data = load_mnist(shared_data / "mnist")
    assert data.X.shape == (60000, 28, 28)
    assert data.test is not None
    assert data.test.X.shape == (10000, 28, 28)
    assert (data.X.min(), data.X.max()) == (0, 1)
    # The published mean and standard deviation of the training pictures, and the published first labels.
    assert data.X.mean(dtype=np.float64) == pytest.approx(0.1307, abs=5e-5)
    assert data.X.std(dtype=np.float64) == pytest.approx(0.3081, abs=2e-4)
    assert data.y[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert data.test.y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(data.y).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
