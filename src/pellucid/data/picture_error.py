"""Why a picture cannot be read, in plain words."""

from __future__ import annotations

import errno
from pathlib import Path

from pellucid.errors import DataError

FORMATS = ("JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM")  # MPO, of some telephones, counts as JPEG
MOST_PIXELS = 80_000_000  # 8 bytes of a header can ask for 16 GB; below Pillow's own warning at 89 million


class PictureError(DataError):
    """A picture that cannot be read.

    Attributes
    ----------
    path : Path
    reason : str
        Why, in words that follow the path and a colon.
    passing : bool
        Whether the reason lies in the machine (no permission, no memory), not in the file.
    """

    def __init__(self, path: Path, reason: str, passing: bool = False) -> None:
        super().__init__(f"{path}: {reason}.")
        self.path, self.reason, self.passing = path, reason, passing


class RefusedError(Exception):
    """What is wrong with a picture that Pillow can decode."""


def explained(path: Path, error: Exception) -> PictureError:
    """Why a picture cannot be read, in plain words."""
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, RefusedError):
        return PictureError(path, str(error))
    if isinstance(error, FileNotFoundError):
        return PictureError(path, "there is no such file")
    if isinstance(error, OSError) and error.errno is not None:
        # A folder in place of a file stays one; all else may be different the next time.
        return PictureError(path, f"cannot be read: {error.strerror}", error.errno != errno.EISDIR)
    if isinstance(error, MemoryError):
        return PictureError(path, "there is not enough memory to decode the picture", passing=True)
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return PictureError(path, f"the picture has more than {MOST_PIXELS // 10**6} megapixels. Make it smaller")
    if isinstance(error, UnidentifiedImageError):
        return PictureError(path, _what_it_is(path))
    return PictureError(path, f"the picture is damaged or cut short ({str(error).rstrip('.') or type(error).__name__})")


def _what_it_is(path: Path) -> str:
    """What a file that is no picture holds, from its first bytes."""
    with path.open("rb") as file:
        head = file.read(64)
    if not head:
        return "the file is empty"
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR" and len(head) >= 24:
        width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        if 0 in (width, height):
            return f"the picture has no pixels, its header says {width}×{height}"
    for name, first in {"JPEG": b"\xff\xd8\xff", "PNG": b"\x89PNG", "GIF": b"GIF8"}.items():
        if head.startswith(first):
            return f"the picture is damaged or cut short (the header of this {name} cannot be read)"
    text = head.decode("ascii", "replace").strip()
    if "\ufffd" not in text and not any(c < " " and c not in "\t\r\n" for c in text):
        return f'expected a picture, found text that begins "{text.split(chr(10))[0][:30].strip()}"'
    return f"expected a picture ({', '.join(FORMATS)}), found the bytes {head[:8].hex(' ')}"
