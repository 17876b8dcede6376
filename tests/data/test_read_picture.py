"""One picture at a time: every kind of pixels to the exact byte, every kind of broken file to the exact words."""

import io
import re
import struct
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pellucid.data import PictureError, read_picture
from pellucid.data import picture as picture_module
from pellucid.errors import DataError

RED_TO_BLUE = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]], [[9, 99, 199], [0, 0, 0], [255, 255, 255]]], np.uint8)


def refuses(text, kind=PictureError):
    return pytest.raises(kind, match=f"^{re.escape(text)}$")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bytes(width, height, bits=8, colour=0, rows=b"", before=b""):
    """A PNG written by hand: what its header says need not be what it holds."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    body = before + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.fixture
def saved(tmp_path):
    def save(image, name="a.png", **options):
        image.save(tmp_path / name, **options)
        return tmp_path / name

    return save


def luma(rgb):
    """ITU-R 601, as Pillow rounds it."""
    red, green, blue = (rgb[..., k].astype(int) for k in range(3))
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(np.uint8)


def test_rgb_as_it_is_and_as_grey(saved):
    path = saved(Image.fromarray(RED_TO_BLUE))
    found = read_picture(path)
    assert found.dtype == np.uint8
    assert found.flags.writeable
    assert np.array_equal(found, RED_TO_BLUE)
    assert np.array_equal(read_picture(path, channels=1), luma(RED_TO_BLUE)[:, :, None])


def test_grey_as_colour(saved):
    path = saved(Image.fromarray(np.array([[0, 7], [128, 255]], np.uint8)))
    assert read_picture(path).tolist() == [[[0] * 3, [7] * 3], [[128] * 3, [255] * 3]]


def test_black_and_white(saved):
    path = saved(Image.fromarray(np.array([[True, False]])))
    assert read_picture(path, channels=1).tolist() == [[[255], [0]]]


@pytest.mark.parametrize("name", ["a.png", "a.gif", "a.tif"])
def test_palette(saved, name):
    image = Image.new("P", (2, 2))
    image.putdata([0, 1, 2, 1])
    image.putpalette([255, 0, 0, 0, 255, 0, 10, 20, 30])
    assert read_picture(saved(image, name)).tolist() == [[[255, 0, 0], [0, 255, 0]], [[10, 20, 30], [0, 255, 0]]]


def test_transparent_palette_and_grey_show_the_background(saved):
    image = Image.new("P", (2, 1))
    image.putdata([0, 1])
    image.putpalette([255, 0, 0, 0, 255, 0])
    path = saved(image, transparency=0)
    assert read_picture(path, background=40).tolist() == [[[40, 40, 40], [0, 255, 0]]]
    grey = saved(Image.fromarray(np.array([[7, 9]], np.uint8)), "g.png", transparency=9)
    assert read_picture(grey, channels=1, background=255).tolist() == [[[7], [255]]]


def test_rgba_is_laid_over_the_background(saved):
    pixels = np.array([[[200, 100, 0, 255], [200, 100, 0, 0], [200, 100, 0, 128]]], np.uint8)
    path = saved(Image.fromarray(pixels))
    # 200·128/255 + 10·127/255 = 105.4, 100·128/255 + 10·127/255 = 55.2, 0 + 10·127/255 = 5.0
    assert read_picture(path, background=10).tolist() == [[[200, 100, 0], [10, 10, 10], [105, 55, 5]]]
    assert read_picture(path)[0, 1].tolist() == [0, 0, 0]
    assert read_picture(saved(Image.fromarray(pixels[:, :, 2:]), "la.png"), channels=1)[0, :, 0].tolist() == [0, 0, 0]


def test_cmyk(saved):
    path = saved(Image.new("CMYK", (1, 1), (255, 0, 0, 0)), "a.tif")
    assert read_picture(path).tolist() == [[[0, 255, 255]]]


@pytest.mark.parametrize(("kind", "name"), [(np.uint16, "a.png"), (np.uint16, "a.tif"), (np.int32, "a.tif")])
def test_16_bits_are_scaled_not_clipped(saved, kind, name):
    levels = np.array([[0, 257, 128 * 257, 128 * 257 + 128, 128 * 257 + 129, 65535]], kind)
    path = saved(Image.fromarray(levels), name)
    assert read_picture(path, channels=1)[0, :, 0].tolist() == [0, 1, 128, 128, 129, 255]
    assert read_picture(path).shape == (1, 6, 3)
    half = read_picture(saved(Image.fromarray(np.full((8, 8), 32896, kind)), name), size=4, channels=1)
    assert np.all(half == 128)


def test_transparent_16_bits(tmp_path):
    clear = chunk(b"tRNS", struct.pack(">H", 0x8000))
    (tmp_path / "a.png").write_bytes(png_bytes(2, 1, 16, 0, b"\0\x80\x00\xff\xff", clear))
    assert read_picture(tmp_path / "a.png", channels=1, background=3).tolist() == [[[3], [255]]]


def test_16_bit_colour(tmp_path):
    (tmp_path / "a.png").write_bytes(png_bytes(1, 1, 16, 2, b"\0" + struct.pack(">3H", 65535, 32896, 0)))
    assert read_picture(tmp_path / "a.png").tolist() == [[[255, 128, 0]]]


# What a camera that was held in way k stores, made from the upright picture.
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: a.swapaxes(0, 1)[::-1],
    7: lambda a: a.swapaxes(0, 1)[::-1, ::-1],
    8: lambda a: a.swapaxes(0, 1)[:, ::-1],
}


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_puts_pictures_upright(saved, turn):
    exif = Image.Exif()
    exif[0x0112] = turn
    path = saved(Image.fromarray(np.ascontiguousarray(STORED[turn](RED_TO_BLUE))), exif=exif)
    assert np.array_equal(read_picture(path), RED_TO_BLUE)


def test_a_large_turned_jpeg_is_decoded_small_and_upright(saved):
    exif = Image.Exif()
    exif[0x0112] = 6
    scene = np.zeros((400, 800, 3), np.uint8)
    scene[:, :400, 0] = 255  # stored: red on the left; held so that this side is up
    path = saved(Image.fromarray(scene), "a.jpg", exif=exif, quality=95)
    found = read_picture(path, size=(80, 40)).astype(int)
    assert (found[:38, :, 0] > 245).all()
    assert (found[42:] < 10).all()


def test_draft_decoding_meets_full_decoding(saved):
    y, x = np.mgrid[0:400, 0:400]
    path = saved(
        Image.fromarray(np.stack([x * 255 // 400, y * 255 // 400, (x + y) // 4], -1).astype(np.uint8)), "a.jpg"
    )
    full = Image.open(path).resize((50, 50), Image.Resampling.BILINEAR)
    assert np.abs(read_picture(path, size=50).astype(int) - np.asarray(full)).max() <= 3


def bars(height, width):
    """Column k has level k, so that what was cut off can be read from what is there."""
    return Image.fromarray(np.tile(np.arange(width, dtype=np.uint8), (height, 1)))


def test_crop_takes_the_middle_to_the_pixel(saved):
    path = saved(bars(4, 10))
    assert read_picture(path, size=4, channels=1)[0, :, 0].tolist() == [3, 4, 5, 6]
    assert read_picture(path, size=(4, 10), channels=1)[0, :, 0].tolist() == list(range(10))


def test_pad_puts_background_on_both_sides(saved):
    found = read_picture(saved(bars(4, 10)), size=10, channels=1, fit="pad", background=77)[:, :, 0]
    assert np.array_equal(found[3:7], np.asarray(bars(4, 10)))
    assert np.all(found[:3] == 77)
    assert np.all(found[7:] == 77)


def test_stretch_changes_the_proportions(saved):
    left_right = np.zeros((4, 8), np.uint8)
    left_right[:, 4:] = 200
    found = read_picture(saved(Image.fromarray(left_right)), size=(8, 8), channels=1, fit="stretch")
    assert np.all(found[:, :3] == 0)
    assert np.all(found[:, 5:] == 200)
    assert found.shape == (8, 8, 1)


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_any_shape_fits(saved, fit, shape):
    assert read_picture(saved(Image.new("RGB", shape)), size=(6, 9), fit=fit).shape == (6, 9, 3)


def broken_files(folder):
    """One wrong file of each kind, and the words for it."""
    Image.effect_noise((64, 64), 50).save(folder / "whole.jpg")
    Image.effect_noise((64, 64), 50).save(folder / "whole.png")
    whole, whole_png = (folder / "whole.jpg").read_bytes(), (folder / "whole.png").read_bytes()
    (folder / "whole.jpg").unlink()
    (folder / "whole.png").unlink()
    formats = "JPEG, PNG, GIF, BMP, TIFF, WEBP, PPM"
    cut = "the picture is damaged or cut short "
    files = {
        "empty.jpg": (b"", "the file is empty"),
        "text.jpg": (b"Not Found\nsorry", 'expected a picture, found text that begins "Not Found"'),
        "page.jpg": (
            b"%PDF-1.7\x00\xff\xfe",
            f"expected a picture ({formats}), found the bytes 25 50 44 46 2d 31 2e 37",
        ),
        "header.jpg": (whole[:2] + b"\xff", cut + "(the header of this JPEG cannot be read)"),
        "header.png": (whole_png[:20], cut + "(Truncated File Read)"),
        "cut.png": (whole_png[: len(whole_png) // 2], cut + "(image file is truncated)"),
        "bomb.png": (png_bytes(50_000, 50_000), "the picture has more than 80 megapixels. Make it smaller"),
        "large.png": (png_bytes(9_000, 9_000), "the picture has more than 80 megapixels. Make it smaller"),
        "zero.png": (png_bytes(0, 5), "the picture has no pixels, its header says 0×5"),
    }
    for name, (data, _) in files.items():
        (folder / name).write_bytes(data)
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    return {name: reason for name, (_, reason) in files.items()}


def test_broken_files_are_named_with_the_reason(tmp_path):
    for name, reason in broken_files(tmp_path).items():
        with refuses(f"{tmp_path / name}: {reason}."):
            read_picture(tmp_path / name, size=8)
    with pytest.raises(
        PictureError, match=r"damaged or cut short \(image file is truncated \(\d+ bytes not processed\)\)"
    ):
        read_picture(tmp_path / "cut.jpg")


@settings(deadline=None, max_examples=150)
@given(data=st.data(), kind=st.sampled_from(["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM"]))
def test_mutated_files_are_refused_or_read(data, kind):
    out = io.BytesIO()
    Image.fromarray(np.tile(RED_TO_BLUE, (4, 4, 1))).save(out, kind)
    raw = bytearray(out.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow tells of damage beside the pixels
        path = Path(folder, "a.jpg")
        path.write_bytes(raw[: data.draw(st.sampled_from([len(raw), len(raw) // 2]))])
        try:
            found = read_picture(path, size=(5, 7), fit=data.draw(st.sampled_from(["crop", "pad", "stretch"])))
        except PictureError:  # and no other exception
            return
    assert (found.shape, found.dtype) == ((5, 7, 3), np.uint8)


def test_the_error_holds_path_and_reason(tmp_path):
    (tmp_path / "a.jpg").touch()
    with refuses(f"{tmp_path / 'a.jpg'}: the file is empty.") as caught:
        read_picture(tmp_path / "a.jpg")
    assert (caught.value.path, caught.value.reason) == (tmp_path / "a.jpg", "the file is empty")
    with refuses(f"{tmp_path / 'b.jpg'}: there is no such file."):
        read_picture(tmp_path / "b.jpg")
    with refuses(f"{tmp_path}: cannot be read: Is a directory."):
        read_picture(tmp_path)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path, monkeypatch):
    (tmp_path / "bomb.png").write_bytes(png_bytes(9_000, 9_000))
    monkeypatch.setattr(picture_module, "_plain", lambda *_: pytest.fail("decoded"))
    limit = Image.MAX_IMAGE_PIXELS
    with pytest.raises(PictureError):
        read_picture(tmp_path / "bomb.png")
    assert limit == Image.MAX_IMAGE_PIXELS


def test_pixels_of_unknown_range(saved):
    with pytest.raises(PictureError, match="floating point, of unknown range"):
        read_picture(saved(Image.fromarray(np.ones((2, 2), np.float32)), "f.tif"))
    with pytest.raises(PictureError, match="outside 0 to 65535"):
        read_picture(saved(Image.fromarray(np.full((2, 2), 70000, np.int32)), "i.tif"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"size": 0},
            "Pictures: expected size=(height, width) of whole numbers from 1 to 16384, or one number for a square, "
            "got 0. A usual choice is size=64.",
        ),
        (
            {"size": (4, 4, 3)},
            "Pictures: expected size=(height, width) of whole numbers from 1 to 16384, or one number for a square, "
            "got (4, 4, 3). A usual choice is size=64.",
        ),
        ({"channels": 4}, "Pictures: expected channels=1 for grey or channels=3 for colour, got 4."),
        ({"fit": "pat"}, 'Pictures: expected fit "crop", "pad" or "stretch", got "pat". Did you mean "pad"?'),
        ({"background": 256}, "Pictures: expected a background from 0 (black) to 255 (white), got 256."),
    ],
)
def test_wrong_options(options, text):
    with refuses(text, DataError):
        read_picture("any.png", **options)
