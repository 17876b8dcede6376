"""Folders and tables of pictures: what is found, what is refused, what is left out, and the cache."""

import os
import re
import threading
import time
import warnings

import numpy as np
import pytest
from PIL import Image

from pellucid.data import Dataset, PictureError, PictureList, load_folder, open_folder, picture_decode, picture_store
from pellucid.data.picture_store import Store
from pellucid.errors import DataError


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the test's own."""
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))
    return tmp_path / "cache" / "pictures"


@pytest.fixture
def root(tmp_path):
    """Six grey pictures of 8×8 pixels in two classes; picture i has the level 10·i."""
    folder = tmp_path / "set"
    for i in range(6):
        place = folder / ("cats", "dogs")[i // 3] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (8, 8), 10 * i).save(place)
    return folder


def refuses(text, kind=DataError):
    return pytest.raises(kind, match=f"^{re.escape(text)}$")


def levels(data):
    return np.rint(data.X[:, 0, 0, 0] * 255).astype(int).tolist()


def test_a_folder_for_each_class(root):
    data = load_folder(root)
    assert isinstance(data, Dataset)
    assert (data.X.dtype, data.X.shape) == (np.float32, (6, 8, 8, 1))
    assert levels(data) == [0, 10, 20, 30, 40, 50]
    assert data.y.dtype.type is np.str_
    assert data.y.tolist() == ["cats"] * 3 + ["dogs"] * 3
    assert data.class_names == ("cats", "dogs")
    assert (data.name, data.feature_names, data.broken) == ("set", None, {})
    assert data.paths == ("cats/0.png", "cats/1.png", "cats/2.png", "dogs/3.png", "dogs/4.png", "dogs/5.png")
    assert data.description == f"6 pictures in 2 classes from {root}, 8×8 pixels, grey, fit by crop."


def test_paths_go_with_their_pictures_through_a_split(root):
    for part in load_folder(root).split(0.5, seed=1):
        assert [10 * int(path[5]) for path in part.paths] == levels(part)


def test_other_files_are_ignored_and_counted(root):
    for name in ("cats/.hidden.png", "cats/notes.txt", "dogs/Thumbs.db", "loose.png", "readme.md"):
        (root / name).write_text("no picture")
    (root / ".thumbnails").mkdir()
    (root / "dogs" / "6.JPEG").write_bytes((root / "dogs" / "5.png").read_bytes())
    found = PictureList.find(root)
    assert len(found) == 7
    assert found.ignored == 5
    assert load_folder(root).description.endswith(" 5 other files ignored.")


ENDINGS = ".jpg .jpeg .jpe .jfif .png .gif .bmp .tif .tiff .webp .ppm .pgm .pbm"


def test_what_is_no_set_of_pictures(tmp_path, root):
    with refuses(f'{tmp_path / "sets"}: there is no such folder. Did you mean "set"?'):
        load_folder(tmp_path / "sets")
    one_class_each = f"{root / 'cats'}: expected one folder of pictures for each class, found"
    put = 'Put the pictures into folders that are named like their classes, for instance "cats/cats".'
    with refuses(f"{one_class_each} 3 pictures and no folders. {put}"):
        load_folder(root / "cats")
    for path in (root / "cats").iterdir():
        path.unlink()
    with refuses(f"{one_class_each} no folders. {put}"):
        load_folder(root / "cats")
    with refuses(f'{root}: no pictures in the class "cats". Put pictures there, or remove the folder.'):
        load_folder(root)
    (root / "birds").mkdir()
    with refuses(f'{root}: no pictures in the classes "birds", "cats". Put pictures there, or remove the folder.'):
        load_folder(root)
    for path in (root / "dogs").iterdir():
        path.rename(path.with_suffix(".heic"))
    with refuses(f'{root}: no pictures in "birds", "cats", "dogs". Pictures are known by their endings: {ENDINGS}.'):
        load_folder(root)


def test_one_class_only(root):
    for path in (root / "dogs").iterdir():
        path.unlink()
    (root / "dogs").rmdir()
    with refuses(
        f'{root}: found one class only, "cats", so there is nothing to tell apart. Add pictures of another class.'
    ):
        load_folder(root)


def test_a_folder_too_high(tmp_path, root):
    root.rename(tmp_path / "train")
    (tmp_path / "all").mkdir()
    (tmp_path / "train").rename(tmp_path / "all" / "train")
    with refuses(
        f'{tmp_path / "all"}: expected one folder of pictures for each class, but "train" holds no pictures, only the '
        f'folders "cats", "dogs". Did you mean "{tmp_path / "all" / "train"}"?'
    ):
        load_folder(tmp_path / "all")


def test_a_table_of_paths_and_labels(root):
    table = root / "set.csv"
    table.write_text("dogs/5.png,dog\ncats/0.png,cat\n\ndogs/5.png,odd one\n")
    data = load_folder(table)
    assert (levels(data), data.y.tolist()) == ([50, 0, 50], ["dog", "cat", "odd one"])
    assert (data.name, data.class_names) == ("set", ("cat", "dog", "odd one"))
    table.write_text("file;kind\ncats/0.png;1\ncats/1.png;0\n")
    assert load_folder(table).y.tolist() == ["1", "0"]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            "a.png,1,2\nb.png,1,2\n",
            "set.csv: expected two columns, path and label, found 3 columns. Write one picture on each line, for "
            "instance: cats/1.jpg,cat",
        ),
        ("path,label\n", "set.csv: expected one picture on each line, found only the columns' names."),
        ("path,label\na.png,1\nb.png,\n", "set.csv, line 3: the label is missing. Complete or delete the line."),
        ("path,label\na.png,1\n,2\n", "set.csv, line 3: the path is missing. Complete or delete the line."),
        ("", "set.csv: the file is empty. Expected one line for each sample."),
    ],
)
def test_wrong_tables(tmp_path, text, error):
    (tmp_path / "set.csv").write_text(text)
    with refuses(error):
        load_folder(tmp_path / "set.csv")


def test_a_table_with_one_class(tmp_path):
    (tmp_path / "set.csv").write_text("a.png,x\nb.png,x\n")
    with refuses(
        f'{tmp_path / "set.csv"}: found one class only, "x", so there is nothing to tell apart. '
        f"Add pictures of another class."
    ):
        load_folder(tmp_path / "set.csv")


def test_a_picture_of_a_table_that_is_not_there_is_a_broken_one(root):
    (root / "set.csv").write_text("cats/0.png,cat\ndogs/9.png,dog\ndogs/5.png,dog\n")
    with pytest.warns(
        UserWarning, match=r"1 of 3 pictures cannot be read and was left out:\n  dogs/9.png: there is no"
    ):
        data = load_folder(root / "set.csv")
    assert data.broken == {"dogs/9.png": "there is no such file"}
    assert levels(data) == [0, 50]


def test_broken_pictures_are_left_out_named_and_counted(root, cache):
    (root / "cats" / "1.png").write_bytes(b"")
    (root / "dogs" / "text.jpg").write_text("hello")
    for _ in ("decoded", "from the cache"):
        with pytest.warns(UserWarning) as told:  # noqa: PT030 - the whole text is compared
            data = load_folder(root)
        assert [str(w.message) for w in told] == [
            f"{root}: 2 of 7 pictures cannot be read and were left out:\n"
            f"  cats/1.png: the file is empty\n"
            f'  dogs/text.jpg: expected a picture, found text that begins "hello"'
        ]
        assert told[0].filename == __file__
        assert levels(data) == [0, 20, 30, 40, 50]
        assert data.y.tolist() == ["cats"] * 2 + ["dogs"] * 3
        assert list(data.broken) == ["cats/1.png", "dogs/text.jpg"]
        assert data.description.endswith("fit by crop. 2 pictures left out that cannot be read.")
    assert len(list(cache.iterdir())) == 1
    for _ in ("from the cache", "decoded"):
        with refuses(f"{root / 'cats/1.png'}: the file is empty.", PictureError):
            load_folder(root, broken="stop")
        for path in cache.iterdir():
            path.unlink()
    assert list(cache.iterdir()) == []


def test_many_broken_pictures_are_counted_not_listed(root):
    for i in range(8):
        (root / "cats" / f"no{i}.png").touch()
    with pytest.warns(
        UserWarning, match=r"8 of 14 [^…]*no4.png: the file is empty\n  … and 3 more; all .* in .broken$"
    ):
        assert len(load_folder(root).broken) == 8


def test_a_class_without_a_readable_picture(root):
    for path in (root / "dogs").iterdir():
        path.write_bytes(b"")
    with refuses(f'{root}: no picture of the class "dogs" can be read. The first: dogs/3.png: the file is empty.'):
        load_folder(root)
    for path in (root / "cats").iterdir():
        path.write_bytes(b"")
    with refuses(f"{root}: none of 6 pictures can be read. The first: {root / 'cats/0.png'}: the file is empty."):
        load_folder(root)


def test_wrong_options(root):
    with refuses('Pictures: expected broken="skip" or broken="stop", got "stopp". Did you mean "stop"?'):
        load_folder(root, broken="stopp")
    with refuses('Pictures: expected fit "crop", "pad" or "stretch", got "fill".'):
        load_folder(root, fit="fill")


def test_more_than_the_limit_of_memory(root):
    with refuses(
        f"{root}: 6 pictures of shape (8, 8, 1) take 1.5e-06 GB of memory, more than the limit of 1.5e-06 GB. Stream "
        f"them with open_folder, give a smaller size, or raise in_memory_limit."
    ):
        load_folder(root, in_memory_limit=6 * 8 * 8 * 4 - 1)
    assert len(load_folder(root, in_memory_limit=6 * 8 * 8 * 4).X) == 6


def test_sizes_and_channels_that_are_left_open(root):
    Image.new("L", (30, 12)).save(root / "cats" / "6.png")
    assert load_folder(root).X.shape == (7, 8, 8, 1)  # the median of 8, 8, 8, 8, 8, 8, 12
    Image.new("RGB", (8, 8), (1, 2, 3)).save(root / "cats" / "7.png")
    assert load_folder(root).X.shape == (8, 8, 8, 3)
    assert load_folder(root, channels=1, size=(5, 4)).X.shape == (8, 5, 4, 1)
    for path in root.glob("*/*.png"):
        Image.new("P", (300, 300)).save(path)
    assert load_folder(root).X.shape == (8, 64, 64, 1)
    exif = Image.Exif()
    exif[0x0112] = 6
    for path in root.glob("*/*.png"):
        Image.new("RGB", (20, 10)).save(path.with_suffix(".jpg"), exif=exif)
        path.unlink()
    assert load_folder(root).X.shape == (8, 20, 10, 3)


def test_the_cache_is_used_until_a_file_changes(root, cache, monkeypatch):
    first = load_folder(root)
    (file,) = cache.iterdir()
    assert np.array_equal(np.load(file)[:, 0, 0, 0], [0, 10, 20, 30, 40, 50])  # a plain .npy file
    with monkeypatch.context() as patch:
        patch.setattr(picture_decode, "read_as", lambda *_: pytest.fail("decoded again"))
        assert np.array_equal(load_folder(root).X, first.X)
    Image.new("L", (8, 8), 200).save(root / "cats" / "1.png")
    assert levels(load_folder(root)) == [0, 200, 20, 30, 40, 50]
    assert load_folder(root, size=4).X.shape == (6, 4, 4, 1)
    assert len(list(cache.iterdir())) == 3


@pytest.mark.parametrize("damage", [lambda b: b[:-2], lambda b: b[:40], lambda b: b"", lambda b: b[:-3] + b"[]\n"])
def test_an_unusable_cache_file_is_ignored(root, cache, damage):
    load_folder(root)
    (file,) = cache.iterdir()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert levels(load_folder(root)) == [0, 10, 20, 30, 40, 50]
    assert file.read_bytes() == whole


def test_no_cache_is_written_where_none_is_wanted_or_possible(root, cache, tmp_path):
    assert len(load_folder(root, cache=False).X) == 6
    assert not cache.exists()
    (tmp_path / "cache").write_text("a file in the way")
    assert len(load_folder(root).X) == 6


def test_the_cache_is_bounded_and_the_oldest_go_first(root, cache, monkeypatch):
    for size in (4, 5, 6):
        load_folder(root, size=size)
        time.sleep(0.02)
    load_folder(root, size=4)  # used again, so the set of size 5 is now the oldest
    abandoned = cache / "x.part"
    abandoned.touch()
    os.utime(abandoned, (0, 0))
    sizes = {np.load(file).shape[1]: file.stat().st_size for file in cache.glob("*.npy")}
    monkeypatch.setattr(picture_store, "LARGEST_CACHE", sizes[4] + 2 * sizes[6] + 100)
    time.sleep(0.02)
    load_folder(root, size=7)
    assert sorted(np.load(file).shape[1] for file in cache.glob("*.npy")) == [4, 6, 7]
    assert not abandoned.exists()
    monkeypatch.setattr(picture_store, "LARGEST_CACHE", 1)
    load_folder(root, size=9)
    assert [np.load(file).shape[1] for file in cache.iterdir()] == [9]


def test_a_reason_that_may_pass_is_not_remembered(root, cache, monkeypatch):
    real = picture_decode.read_as

    def out_of_memory(path, form):
        if path.name == "1.png":
            raise PictureError(path, "there is not enough memory to decode the picture", passing=True)
        return real(path, form)

    monkeypatch.setattr(picture_decode, "read_as", out_of_memory)
    with pytest.warns(UserWarning, match="not enough memory"):
        load_folder(root)
    monkeypatch.setattr(picture_decode, "read_as", real)
    assert list(cache.iterdir()) == []
    assert len(load_folder(root).X) == 6


def test_a_full_disk(root, cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Store, "write", full)
    with refuses(
        f"{cache}: No space left on device. The decoded pictures need 0 MB there. Make room, or give a smaller size."
    ):
        load_folder(root)
    assert list(cache.iterdir()) == []


def test_decoding_runs_in_parallel_and_tells_its_progress(root, monkeypatch):
    together, calls = threading.Barrier(3, timeout=20), []
    real = picture_decode.read_as

    def slow(path, form):
        together.wait()  # passes only when three pictures are being decoded at once
        return real(path, form)

    monkeypatch.setattr(picture_decode, "read_as", slow)
    data = load_folder(root, threads=3, progress=lambda *call: calls.append(call))
    assert levels(data) == [0, 10, 20, 30, 40, 50]
    assert calls[-1] == ("set", 6, 6)


def test_an_error_in_progress_ends_the_decoding(root, cache):
    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_folder(root, progress=stop)
    assert list(cache.iterdir()) == []


def test_a_warning_that_is_an_error_leaves_nothing_open(root):
    (root / "cats" / "1.png").write_bytes(b"")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning, match="1 of 6 pictures"):
            open_folder(root)


def test_cats_and_dogs(shared_data):
    data = load_folder(shared_data / "cats-dogs" / "train", size=64)
    assert data.X.shape == (2000, 64, 64, 3)
    assert data.X.dtype == np.float32
    assert data.class_names == ("cats", "dogs")
    assert np.unique(data.y, return_counts=True)[1].tolist() == [1000, 1000]
    assert data.broken == {}
    assert 0.3 < data.X.mean() < 0.6
    with Image.open(shared_data / "cats-dogs" / "train" / data.paths[1500]) as picture:
        small = picture.convert("RGB").resize((64, 64), Image.Resampling.BILINEAR, _middle(*picture.size))
    assert np.array_equal(np.rint(data.X[1500] * 255), np.asarray(small))
    test = load_folder(shared_data / "cats-dogs" / "test", size=16)
    assert test.class_names == data.class_names


def _middle(width, height):
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    return left, top, left + side, top + side
