"""Sets in NumPy's .npz files and in folders of IDX files: usual names, chosen names, and damage."""

import gzip
import io
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid.data import load_idx_folder, load_mnist, load_npz
from pellucid.errors import DataError

PICTURES = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3) * 10
LABELS = np.array([0, 1, 2, 1], np.uint8)


def refuses(text):
    return pytest.raises(DataError, match=f"^{re.escape(text)}$")


@pytest.fixture
def file(tmp_path):
    return tmp_path / "set.npz"


def test_the_files_of_keras(file):
    np.savez_compressed(file, x_test=PICTURES[:2], x_train=PICTURES, y_train=LABELS, y_test=LABELS[:2])
    data = load_npz(file)
    assert data.X.dtype == np.float32
    assert np.array_equal(data.X, (PICTURES / 255).astype(np.float32))
    assert np.array_equal(data.y, LABELS)
    assert np.array_equal(data.test.X, data.X[:2])
    assert np.array_equal(data.test.y, LABELS[:2])
    assert (data.name, data.test.name, data.class_names) == ("set", "set, test", None)
    assert data.description == '4 samples from set.npz, "x_train" and "y_train".'


@pytest.mark.parametrize(
    ("X", "y"), [("X", "y"), ("x", "Y"), ("images", "labels"), ("data", "target"), ("arr_0", "arr_1")]
)
def test_usual_names(file, X, y):
    np.savez(file, **{"other": np.zeros(3), y: LABELS, X: PICTURES})
    assert np.array_equal(load_npz(file).X, (PICTURES / 255).astype(np.float32))
    assert load_npz(file).test is None


def test_a_test_set_of_images_and_labels_in_a_column(file):
    np.savez(
        file, train_images=PICTURES, train_labels=LABELS[:, None], test_images=PICTURES, test_labels=LABELS[:, None]
    )
    data = load_npz(file)
    assert data.y.tolist() == data.test.y.tolist() == [0, 1, 2, 1]


def test_chosen_names(file):
    np.savez(file, a=PICTURES, b=LABELS, y=LABELS[::-1])
    assert load_npz(file, X="a", y="b").y.tolist() == [0, 1, 2, 1]
    with refuses(
        f'{file}: which arrays are the features and the targets? Name them: load_npz(path, X="…", y="…"). '
        f"Arrays: a, b, y."
    ):
        load_npz(file)
    with refuses(f'{file}: no array "aa". Did you mean "a"? Arrays: a, b, y.'):
        load_npz(file, X="aa", y="b")
    with refuses(f'{file}: X and y are both the array "a". Name two arrays.'):
        load_npz(file, X="a", y="a")


def test_what_is_divided_by_255(file):
    for X, largest in (
        (PICTURES, 230 / 255),  # pictures of bytes
        (PICTURES.reshape(4, 6), 230),  # a table of whole numbers
        (PICTURES > 100, 1),  # black and white
        ((PICTURES > 100).astype(np.uint8), 1),
        (PICTURES / 1000, 0.23),
    ):
        np.savez(file, X=X, y=LABELS)
        assert load_npz(file).X.max() == np.float32(largest)


@pytest.mark.parametrize("kind", ["U", "S"])
def test_class_names(file, kind):
    np.savez(file, X=PICTURES, y=np.array(["dog", "cat", "dog", "cat"], kind))
    data = load_npz(file)
    assert data.y.tolist() == ["dog", "cat", "dog", "cat"]
    assert data.class_names == ("cat", "dog")


def test_what_cannot_be_trained_on(file):
    np.savez(file, X=PICTURES, y=LABELS[:3])
    with refuses(f'{file}, array "X" has 4 rows, but {file}, array "y" has 3. Give one target for each row.'):
        load_npz(file)
    np.savez(file, X=np.array([[1, np.nan]] * 4), y=LABELS)
    with pytest.raises(DataError, match=r'array "X", row 0, column 1: expected a finite number, got NaN\.'):
        load_npz(file)
    np.savez(file, X=np.array([[1, None]] * 4, object), y=LABELS)
    with refuses(
        f'{file}, array "X": expected numbers or text, got Python objects, which are not read because they can run '
        f"code. Write the array with dtype float32, or text with dtype str."
    ):
        load_npz(file)


def test_what_is_no_npz_file(file):
    with refuses(f"{file}: there is no such file."):
        load_npz(file)
    file.write_bytes(b"PK")
    with refuses(f"{file}: not a whole .npz file: File is not a zip file. Write it with numpy.savez."):
        load_npz(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("X.npy", b"text")
        archive.writestr("y.npy", b"text")
    with pytest.raises(DataError, match=r"set\.npz: not a whole \.npz file: .*magic"):
        load_npz(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", b"text")
    with pytest.raises(DataError, match=r"which arrays .* Arrays: none\.$"):
        load_npz(file)
    with refuses(f"{file.parent}: cannot be read: Is a directory."):
        load_npz(file.parent)


def header(shape):
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "|u1", "fortran_order": False, "shape": shape})
    return out.getvalue()


@pytest.mark.parametrize("kind", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_header_that_asks_for_more_than_there_is(file, kind):
    with zipfile.ZipFile(file, "w", kind) as archive:
        archive.writestr("X.npy", header((1 << 40, 3)) + b"123")
        archive.writestr("y.npy", header((3,)) + b"123")
    with refuses(
        f'{file}, array "X": the file is damaged: expected 3298534883328 bytes for shape (1099511627776, 3) of uint8, '
        f"found 3 bytes. Get the file again."
    ):
        load_npz(file)


@settings(deadline=None, max_examples=200)
@given(data=st.data(), packed=st.booleans())
def test_mutated_files_are_refused_or_read(data, packed):
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, X=PICTURES, y=LABELS)
    raw = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "set.npz")
        path.write_bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) // 2, len(raw) - 1]))])
        try:
            found = load_npz(path)
        except DataError:  # and no other exception
            return
    assert found.X.dtype == np.float32
    assert len(found.X) == len(found.y)


def idx_bytes(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def write_idx(folder, name, kind, pack=bytes, labels=LABELS):
    end = ".gz" if pack is gzip.compress else ""
    (folder / f"{name}images{kind}idx3-ubyte{end}").write_bytes(pack(idx_bytes(PICTURES)))
    (folder / f"{name}labels{kind}idx1-ubyte{end}").write_bytes(pack(idx_bytes(labels)))


@pytest.mark.parametrize("kind", ["-", "."])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("test", ["t10k-", "test-"])
def test_a_folder_of_idx_files(tmp_path, kind, pack, test):
    write_idx(tmp_path, "train-", kind, pack)
    data = load_idx_folder(tmp_path)
    assert np.array_equal(data.X, (PICTURES / 255).astype(np.float32))
    assert (data.y.dtype, data.y.tolist()) == (np.int64, [0, 1, 2, 1])
    assert (data.name, data.class_names, data.test) == (tmp_path.name, ("0", "1", "2"), None)
    write_idx(tmp_path, test, kind, pack)
    assert np.array_equal(load_idx_folder(tmp_path).test.X, data.X)


def test_several_sets_in_a_folder(tmp_path):
    write_idx(tmp_path, "emnist-digits-train-", "-")
    write_idx(tmp_path, "emnist-letters-train-", "-", labels=LABELS + 1)
    write_idx(tmp_path, "emnist-letters-test-", "-", labels=LABELS + 1)
    data = load_idx_folder(tmp_path, "emnist-letters")
    assert (data.name, data.y.tolist(), data.class_names) == ("emnist-letters", [1, 2, 3, 2], None)
    assert data.test.n == 4
    known = '"emnist-digits", "emnist-letters"'
    with refuses(f"{tmp_path}: the folder holds 2 sets. Give the name of one: {known}."):
        load_idx_folder(tmp_path)
    with refuses(f'{tmp_path}: no set "emnist-leters". Did you mean "emnist-letters"? Known: {known}.'):
        load_idx_folder(tmp_path, "emnist-leters")


def test_what_is_no_folder_of_idx_files(tmp_path):
    with refuses(
        f"{tmp_path}: no files of pictures and labels in IDX. Expected train-images-idx3-ubyte and "
        f"train-labels-idx1-ubyte, plain or with .gz at the end."
    ):
        load_idx_folder(tmp_path)
    with refuses(f"{tmp_path / 'none'}: there is no such folder."):
        load_idx_folder(tmp_path / "none")
    write_idx(tmp_path, "train-", "-", labels=LABELS[:3])
    with refuses(
        "train-images-idx3-ubyte has 4 rows, but train-labels-idx1-ubyte has 3. Give one target for each row."
    ):
        load_idx_folder(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").write_bytes(idx_bytes(PICTURES))
    with refuses(
        f"{tmp_path / 'train-labels-idx1-ubyte'}: expected shape (n,) of whole numbers, found (4, 2, 3) of uint8."
    ):
        load_idx_folder(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte").unlink()
    with refuses(f"{tmp_path}: the labels that belong to train-images-idx3-ubyte are missing."):
        load_idx_folder(tmp_path)


def test_mnist_is_such_a_folder(shared_data):
    found, known = load_idx_folder(shared_data / "mnist"), load_mnist(shared_data / "mnist")
    for one, other in ((found, known), (found.test, known.test)):
        assert np.array_equal(one.X, other.X)
        assert np.array_equal(one.y, other.y)
        assert one.class_names == other.class_names


def test_pillow_and_polars_load_when_first_used():
    code = (
        "import sys, pellucid.data as d;"
        "print([m for m in ('PIL', 'polars', 'platformdirs', 'concurrent.futures') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
