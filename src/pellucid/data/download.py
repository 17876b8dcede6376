"""Download a file once: from the first mirror that answers, going on where a broken download stopped."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from os import PathLike
from pathlib import Path

from pellucid.errors import DataError

CHUNK = 1 << 16  # bytes
TIMEOUT = 30.0  # seconds without an answer

Progress = Callable[[str, int, int | None], None]


class _MirrorError(Exception):
    """Why one mirror did not give the file."""


def fetch(
    file_name: str,
    urls: Sequence[str],
    folder: str | PathLike[str],
    *,
    sha256: str | None = None,
    md5: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Return the path of ``file_name`` in ``folder``, downloading it first if it is not there.

    The bytes go to ``file_name.part``. A later call, or the next mirror, goes on where they stop. The file gets its
    own name only after its checksum is right, so a file of that name is always whole.

    Parameters
    ----------
    file_name : str
    urls : sequence of str
        The same file on several mirrors (http or https), tried in this order.
    folder : str or path
        Made if it is not there.
    sha256, md5 : str
        The checksum in hexadecimal digits; at least one.
    progress : callable, optional
        Called with the file's name, the bytes that are here, and the bytes of the whole file if the mirror tells.

    Raises
    ------
    DataError
        No mirror gave the file. The message has each mirror's reason, and where to put the file by hand.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:  # a file that is there is not asked for
    ...     _ = Path(folder, "a.csv").write_text("1,2")
    ...     fetch("a.csv", [], folder, md5="0" * 32).name
    'a.csv'
    """
    if sha256 is None and md5 is None:
        raise TypeError("fetch needs sha256 or md5")
    target = Path(folder, file_name)
    if target.is_file():
        return target
    part = target.with_name(file_name + ".part")
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{part.parent}: the folder cannot be made: {error.strerror}. Give another folder.") from error
    from http.client import HTTPException  # with TLS behind it: a tenth of the time that a small training takes
    from urllib.error import HTTPError, URLError

    reasons = []
    for url in urls:
        try:
            resumed = part.is_file() and part.stat().st_size > 0
            _download(url, part, file_name, progress)
            if not _is_right(part, sha256, md5) and resumed:
                part.unlink()  # the beginning may have been another mirror's, so once more from the start
                _download(url, part, file_name, progress)
            if not _is_right(part, sha256, md5):
                size = part.stat().st_size
                part.unlink()
                raise _MirrorError(f"wrong checksum, {size} bytes")
            os.replace(part, target)
            return target
        except _MirrorError as error:
            reasons.append(f"  {url}: {error}")
        except HTTPError as error:
            reasons.append(f"  {url}: HTTP {error.code} {error.reason}")
            error.close()
        except URLError as error:
            reasons.append(f"  {url}: {getattr(error.reason, 'strerror', None) or error.reason}")
        except (OSError, HTTPException, ValueError) as error:
            reasons.append(f"  {url}: {getattr(error, 'strerror', None) or error or type(error).__name__}")
    tried = "\n".join(reasons) or "  no mirror is known"
    raise DataError(
        f"{file_name} could not be downloaded. Tried:\n{tried}\nDownload it by hand and put it at {target}."
    )


def _download(url: str, part: Path, file_name: str, progress: Progress | None) -> None:
    """Fill ``part`` up with what it lacks."""
    if not url.startswith(("http://", "https://")):
        raise _MirrorError("not an http or https address")
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    have = part.stat().st_size if part.is_file() else 0
    request = Request(url, headers={"User-Agent": "pellucid"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urlopen(request, timeout=TIMEOUT)
    except HTTPError as error:
        if have and error.code == 416:  # nothing is left to send: the part is whole, or too long; the checksum tells
            error.close()
            return
        raise
    with answer:
        start = f"bytes {have}-"
        going_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(start)
        if answer.status == 206 and not going_on:
            raise _MirrorError(f"asked for {start}, got {answer.headers.get('Content-Range')}")
        length = answer.headers.get("Content-Length")
        done = have if going_on else 0
        total = done + int(length) if length is not None else None
        with part.open("ab" if going_on else "wb") as file:
            while chunk := answer.read(CHUNK):
                file.write(chunk)
                done += len(chunk)
                if progress is not None:
                    progress(file_name, done, total)
    if total is not None and done < total:
        raise _MirrorError(f"the connection ended after {done} of {total} bytes")


def _is_right(file: Path, sha256: str | None, md5: str | None) -> bool:
    for name, expected in (("sha256", sha256), ("md5", md5)):
        if expected is not None and _digest(file, name) != expected.lower():
            return False
    return True


def _digest(file: Path, name: str) -> str:
    with file.open("rb") as stream:
        # Guards against damage, not against an enemy; said so, MD5 works on machines that forbid it for security.
        return hashlib.file_digest(stream, lambda: hashlib.new(name, usedforsecurity=False)).hexdigest()
