"""One picture file as pixels: whatever its format, its colours and its size, as bytes of the wanted shape."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pellucid.data.picture_error import FORMATS, MOST_PIXELS, RefusedError, explained
from pellucid.data.picture_form import PictureForm

if TYPE_CHECKING:
    from PIL import Image, ImageFile

LARGE = 16_000_000  # pixels; of pictures above this one is decoded at a time, so that threads do not add up
ORIENTATION = 0x0112  # the EXIF tag
GREY_16 = 65535
_one_large = threading.Lock()


def read_picture(
    path: str | PathLike[str],
    size: int | tuple[int, int] | None = None,
    channels: int = 3,
    fit: str = "crop",
    background: int = 0,
) -> NDArray[np.uint8]:
    """Read a picture (JPEG, PNG, GIF, BMP, TIFF, WebP or PPM) as bytes.

    Palettes, black and white, CMYK and 16-bit grey become 8-bit grey or RGB; 16 bits are scaled by 255/65535.
    Transparent pixels show the background. A picture that EXIF calls turned or mirrored is put upright. Of an animation
    the first frame is read.

    Parameters
    ----------
    path : str or path
    size : int or (height, width), optional
        In pixels; one number for a square. The picture's own size if not given.
    channels : int
        1 for grey (luma, ITU-R 601: 0.299 R + 0.587 G + 0.114 B), 3 for red, green and blue.
    fit : str
        How a picture of another shape comes to ``size``: ``"crop"`` fills it and cuts off what stands over on both
        sides, ``"pad"`` shows the whole picture with background beside it, ``"stretch"`` changes its proportions.
    background : int
        The grey level, 0 (black) to 255 (white), behind transparent pixels and beside a padded picture.

    Returns
    -------
    uint8 ndarray (height, width, channels)

    Raises
    ------
    PictureError
        No such file, an empty file, not a picture, damaged or cut short, no pixels, or more than 80 megapixels, which
        is seen from the header before any memory is taken.
    DataError
        Options that are none.

    Notes
    -----
    Pixels are averaged where a picture shrinks (Pillow's bilinear filter, which widens with the scale; PyTorch's
    ``interpolate`` does so only with ``antialias=True``, and Keras' ``smart_resize`` does not). A JPEG of more than
    twice the wanted size is decoded at a half, a quarter or an eighth, which is several times faster.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "red.png")
    ...     Image.new("RGB", (40, 20), (200, 0, 0)).save(file)
    ...     picture = read_picture(file, size=(4, 4), fit="pad")
    >>> picture[:, :, 0].tolist()
    [[0, 0, 0, 0], [200, 200, 200, 200], [200, 200, 200, 200], [0, 0, 0, 0]]
    """
    form = PictureForm.of(1 if size is None else size, channels, fit, background)
    return read_as(Path(path), form, resize=size is not None)


def read_as(path: Path, form: PictureForm, resize: bool = True) -> NDArray[np.uint8]:
    """Read a picture in a form that has been checked, or in that form but for the size.

    Raises
    ------
    PictureError
    """
    from PIL import Image

    try:
        with Image.open(path, formats=FORMATS) as opened:
            _check_size(opened.size)
            height, width = form.size
            turn = _orientation(opened)
            wanted = (2 * width, 2 * height) if turn < 5 else (2 * height, 2 * width)
            if resize and opened.format in ("JPEG", "MPO"):
                opened.draft("L" if form.channels == 1 else None, wanted)
            with _one_large if opened.width * opened.height > LARGE else nullcontext():
                picture = _upright(_plain(opened, form), turn)
                return _as_bytes(_fitted(picture, form) if resize else picture, form.channels)
    except Exception as error:  # damage comes out of decoders as nearly every kind of exception
        raise explained(path, error) from error


def look(path: Path) -> tuple[int, int, bool]:
    """The height, the width and whether there is colour, from the header, without decoding.

    Raises
    ------
    PictureError
    """
    from PIL import Image

    try:
        with Image.open(path, formats=FORMATS) as opened:
            _check_size(opened.size)
            width, height = opened.size
            if opened.format != "PNG" and _orientation(opened) >= 5:  # to find it in a PNG is to decode it
                width, height = height, width
            if opened.mode in ("P", "PA"):
                colours = np.array(opened.getpalette() or [0, 0, 0]).reshape(-1, 3)
                return height, width, bool((colours != colours[:, :1]).any())
            return height, width, opened.mode not in ("1", "L", "LA", "La", "F") and opened.mode[0] != "I"
    except Exception as error:
        raise explained(path, error) from error


def _check_size(size: tuple[int, int]) -> None:
    if 0 in size:
        raise RefusedError(f"the picture has no pixels, its header says {size[0]}×{size[1]}")
    if size[0] * size[1] > MOST_PIXELS:
        raise RefusedError(f"the picture has more than {MOST_PIXELS // 10**6} megapixels. Make it smaller")


def _orientation(opened: Image.Image) -> int:
    """How the camera was held, 1 (upright) to 8, as EXIF numbers it."""
    try:
        turn = opened.getexif().get(ORIENTATION, 1)
    except Exception:  # damaged EXIF says nothing about the pixels
        return 1
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _plain(opened: ImageFile.ImageFile, form: PictureForm) -> Image.Image:
    """The picture without palette or transparency, in mode L or RGB; 16 bits in mode F, from 0 to 255."""
    from PIL import Image

    if opened.mode[0] == "I":
        levels = np.asarray(opened, np.float32)
        if levels.min() < 0 or levels.max() > GREY_16:
            raise RefusedError("its grey levels are outside 0 to 65535. Save it with 8 or 16 bits a pixel")
        grey = levels * np.float32(255 / GREY_16)
        if isinstance(clear := opened.info.get("transparency"), int):
            grey[levels == clear] = form.background
        return Image.fromarray(grey)
    if opened.mode == "F":
        raise RefusedError("its pixels are floating point, of unknown range. Save it with 8 or 16 bits a pixel")
    mode = "L" if form.channels == 1 else "RGB"
    if opened.has_transparency_data:
        ink = opened.convert("RGBA")
        paper = Image.new("RGB", ink.size, (form.background,) * 3)
        paper.paste(ink, mask=ink.getchannel("A"))
        return paper.convert(mode)
    return opened.convert(mode)


def _upright(picture: Image.Image, turn: int) -> Image.Image:
    from PIL.Image import Transpose as T

    undo = {2: T.FLIP_LEFT_RIGHT, 3: T.ROTATE_180, 4: T.FLIP_TOP_BOTTOM, 5: T.TRANSPOSE, 6: T.ROTATE_270}
    undo |= {7: T.TRANSVERSE, 8: T.ROTATE_90}
    return picture.transpose(undo[turn]) if turn in undo else picture


def _fitted(picture: Image.Image, form: PictureForm) -> Image.Image:
    """The picture at the form's size, cropped, padded or stretched; whole pixels are cut off or added."""
    from PIL import Image

    height, width = form.size
    smooth = Image.Resampling.BILINEAR
    across, down = picture.width / width, picture.height / height
    if form.fit == "stretch" or across == down:
        return picture.resize((width, height), smooth)
    if form.fit == "crop":
        scale = min(across, down)
        w, h = max(round(width * scale), 1), max(round(height * scale), 1)
        left, top = (picture.width - w) // 2, (picture.height - h) // 2
        return picture.resize((width, height), smooth, (left, top, left + w, top + h))
    scale = max(across, down)
    w, h = max(round(picture.width / scale), 1), max(round(picture.height / scale), 1)
    level = form.background
    paper = Image.new(picture.mode, (width, height), (level,) * 3 if picture.mode == "RGB" else level)
    paper.paste(picture.resize((w, h), smooth), ((width - w) // 2, (height - h) // 2))
    return paper


def _as_bytes(picture: Image.Image, channels: int) -> NDArray[np.uint8]:
    pixels = np.asarray(picture)
    if picture.mode == "F":
        pixels = np.rint(pixels).astype(np.uint8)
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[:, :, np.newaxis], channels, axis=2)
    return np.array(pixels, np.uint8)  # Pillow's own memory is read-only
