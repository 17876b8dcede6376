"""Pictures from disk: the right ones, in any order, from several threads, in memory that does not grow."""

import re
import subprocess
import sys
import threading

import numpy as np
import pytest
from PIL import Image

from pellucid.data import load_folder, open_folder, picture_stream
from pellucid.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))


def make_set(folder, n):
    rng = np.random.default_rng(0)
    for i in range(n):
        place = folder / "abc"[i % 3] / f"{i:05}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (6, 5, 3), np.uint8)).save(place, compress_level=0)
    return folder


@pytest.fixture
def root(tmp_path):
    return make_set(tmp_path / "set", 30)


def refuses(text):
    return pytest.raises(DataError, match=f"^{re.escape(text)}$")


def test_a_stream_gives_what_loading_gives(root, rng):
    data = load_folder(root)
    with open_folder(root) as stream:
        assert repr(stream) == '<PictureStream "set": 30 pictures of shape (6, 5, 3), 3 classes>'
        assert len(stream) == 30
        assert stream.shape == (30, 6, 5, 3)
        assert stream.labels.dtype == np.int64
        assert np.array_equal(np.array(stream.class_names)[stream.labels], data.y)
        assert np.array_equal(stream.y, data.y)
        assert tuple(stream.path(i) for i in range(30)) == data.paths
        for chosen in (rng.permutation(30), np.array([29, 0, 0, 29]), np.arange(7, 19), np.array([], np.int64)):
            found = stream.take(chosen)
            assert found.dtype == np.float32
            assert np.array_equal(found, data.X[chosen])


def test_rows_of_broken_pictures_are_passed_over(root):
    (root / "b" / "00004.png").write_bytes(b"")
    with pytest.warns(UserWarning, match="1 of 30"):
        stream = open_folder(root)
    with stream:
        assert len(stream) == 29
        assert list(stream.broken) == ["b/00004.png"]
        for i in (9, 10, 11, 12, 28):
            assert np.array_equal(np.rint(stream.take([i])[0] * 255), np.asarray(Image.open(root / stream.path(i))))
            assert stream.class_names[stream.labels[i]] == stream.path(i)[0]


def test_memory_that_is_given_is_written_to(root):
    with open_folder(root, cache=False) as stream:
        out = np.full((2, 6, 5, 3), 9, np.float32)
        assert stream.take([3, 1], out) is out
        assert np.array_equal(out, stream.take([3, 1]))


@pytest.mark.parametrize("block", [1, 200, 1000])
def test_blocks_and_threads_do_not_change_what_is_read(root, monkeypatch, block):
    X = load_folder(root).X
    monkeypatch.setattr(picture_stream, "BLOCK", block)  # so that even a few pictures are shared out
    with open_folder(root, threads=4) as stream:
        assert np.array_equal(stream.take(np.arange(30)), X)
        assert np.array_equal(stream.take(np.arange(30)[::-1]), X[::-1])


def test_several_threads_may_read_at_once(root, monkeypatch):
    X = load_folder(root).X
    monkeypatch.setattr(picture_stream, "BLOCK", 500)
    wrong = []
    with open_folder(root, threads=2) as stream:

        def read(seed):
            chosen = np.random.default_rng(seed).integers(0, 30, (50, 8))
            wrong.extend(c for c in chosen if not np.array_equal(stream.take(c), X[c]))

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_what_cannot_be_taken(root):
    stream = open_folder(root)
    with refuses("take: expected indexes from 0 to 29, got 30."):
        stream.take([1, 30])
    with refuses("take: expected indexes from 0 to 29, got -1."):
        stream.take([-1])
    with refuses("take: expected a list of whole numbers, got shape (2,) of float64."):
        stream.take([0.5, 1])
    with refuses("take: expected a list of whole numbers, got shape () of int64."):
        stream.take(3)
    with refuses("take: expected out as contiguous float32 (1, 6, 5, 3), got float64 (1, 6, 5, 3)."):
        stream.take([0], np.empty((1, 6, 5, 3)))
    stream.close()
    with refuses('The pictures "set" are closed. Open them again with open_folder.'):
        stream.take([0])


def test_a_cache_file_that_shrinks_while_it_is_read_is_noticed(root, tmp_path):
    with open_folder(root) as stream:
        (file,) = (tmp_path / "cache" / "pictures").iterdir()
        with file.open("r+b") as cut:
            cut.truncate(500)
        with pytest.raises(OSError, match="cut short: expected 90 bytes, found 0"):
            stream.take([29])


# Decodes a table of pictures and goes through all of them in batches, then tells its peak memory in KiB.
# (getrusage would not do: the peak that it tells is that of the process which started this one, if that was higher.)
PEAK = r"""
import re, sys
from pathlib import Path
import numpy as np
import platformdirs
platformdirs.user_cache_dir = lambda *_, **__: sys.argv[2]
from pellucid.data import open_folder, read_picture
with open_folder(sys.argv[1], size=64, channels=3, threads=2) as stream:
    out = np.empty((32, *stream.shape[1:]), np.float32)
    order = np.random.default_rng(0).permutation(len(stream))
    for start in range(0, len(stream) - 31, 32):
        stream.take(order[start : start + 32], out)
    if "hold" in sys.argv:
        held = stream.take(np.arange(len(stream)))
    print(len(stream), re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])
"""


def peak(table, cache, *more):
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(table), str(cache), *more], capture_output=True, text=True, check=True
    )
    return [int(number) for number in done.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="a process's own peak is read from /proc")
def test_peak_memory_does_not_grow_with_the_number_of_pictures(tmp_path):
    """The set 1× and 8×: 250 and 2,000 pictures, 12 and 98 MB as float32, 3 and 25 MB as bytes."""
    rng = np.random.default_rng(0)
    for i in range(5):
        Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).save(tmp_path / f"{i}.png")
    lines = [f"{i}.png,{'ab'[i % 2]}\n" for i in range(5)] * 50
    (tmp_path / "1.csv").write_text("".join(lines))
    (tmp_path / "8.csv").write_text("".join(lines * 8))
    peak(tmp_path / "1.csv", tmp_path / "first")  # which may compile modules
    once, often = peak(tmp_path / "1.csv", tmp_path), peak(tmp_path / "8.csv", tmp_path)
    assert (once[0], often[0]) == (250, 2000)
    assert often[1] - once[1] < 6 * 1024, "MiB: less than a quarter of the bytes, a sixteenth of the numbers"
    held = peak(tmp_path / "8.csv", tmp_path, "hold")  # the check can fail: holding them all is seen
    assert held[1] - once[1] > 60 * 1024
