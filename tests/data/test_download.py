"""Downloads from a server on this machine that breaks off, lies and refuses."""

import hashlib
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pellucid.data import fetch
from pellucid.errors import DataError

BODY = bytes(range(256)) * 1000  # 256,000 bytes
MD5 = hashlib.md5(BODY).hexdigest()
SHA256 = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """/whole obeys Range; /plain ignores it; /cut stops after 100,000 bytes; /wrong has other bytes; /odd lies."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        kind = self.path.strip("/")
        if kind == "missing":
            self.send_error(404, "Not Found")
            return
        body = bytes(reversed(BODY)) if kind == "wrong" else BODY
        start = 0
        asked = self.headers.get("Range")
        if asked and kind != "plain":
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            told = 0 if kind == "odd" else start
            self.send_header("Content-Range", f"bytes {told}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start : start + 100_000] if kind == "cut" else body[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.asked = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.url = f"http://127.0.0.1:{server.server_port}"
        yield server
        server.shutdown()
        thread.join()


def test_a_plain_download_with_progress(server, tmp_path):
    seen = []
    path = fetch("a.bin", [f"{server.url}/whole"], tmp_path / "new" / "cache", sha256=SHA256, md5=MD5.upper(),
                 progress=lambda *now: seen.append(now))  # fmt: skip
    assert path == tmp_path / "new" / "cache" / "a.bin"
    assert path.read_bytes() == BODY
    assert [p.name for p in path.parent.iterdir()] == ["a.bin"]
    assert seen[-1] == ("a.bin", 256_000, 256_000)
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    fetch("a.bin", [f"{server.url}/whole"], path.parent, md5=MD5)
    assert len(server.asked) == 1  # the second time nothing is asked


def test_goes_on_where_the_last_mirror_stopped(server, tmp_path):
    path = fetch("a.bin", [f"{server.url}/cut", f"{server.url}/whole"], tmp_path, md5=MD5)
    assert path.read_bytes() == BODY
    assert server.asked == [("/cut", None), ("/whole", "bytes=100000-")]


def test_goes_on_where_the_last_call_stopped(server, tmp_path):
    url = f"{server.url}/cut"
    for done in (100_000, 200_000):
        with pytest.raises(DataError, match=rf"the connection ended after {done} of 256000 bytes"):
            fetch("a.bin", [url], tmp_path, md5=MD5)
        assert (tmp_path / "a.bin.part").stat().st_size == done
        assert not (tmp_path / "a.bin").exists()
    assert fetch("a.bin", [url], tmp_path, md5=MD5).read_bytes() == BODY
    assert [asked for _, asked in server.asked] == [None, "bytes=100000-", "bytes=200000-"]


def test_starts_again_where_the_mirror_cannot_resume(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY[:5000])
    assert fetch("a.bin", [f"{server.url}/plain"], tmp_path, md5=MD5).read_bytes() == BODY


@pytest.mark.parametrize("part", [b"x" * 5000, BODY + b"x", b"x" * len(BODY)])
def test_starts_again_where_the_part_is_foreign(server, tmp_path, part):
    (tmp_path / "a.bin.part").write_bytes(part)
    assert fetch("a.bin", [f"{server.url}/whole"], tmp_path, md5=MD5).read_bytes() == BODY
    assert [asked for _, asked in server.asked] == [f"bytes={len(part)}-", None]


def test_a_part_that_is_whole_is_taken(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY)
    assert fetch("a.bin", [f"{server.url}/whole"], tmp_path, sha256=SHA256).read_bytes() == BODY
    assert server.asked == [("/whole", "bytes=256000-")]


def test_a_wrong_checksum_moves_to_the_next_mirror(server, tmp_path):
    path = fetch("a.bin", [f"{server.url}/wrong", f"{server.url}/whole"], tmp_path, md5=MD5)
    assert path.read_bytes() == BODY
    assert server.asked == [("/wrong", None), ("/whole", None)]


def test_either_checksum_refuses(server, tmp_path):
    for sums in ({"md5": "0" * 32, "sha256": SHA256}, {"md5": MD5, "sha256": "0" * 64}):
        with pytest.raises(DataError, match="wrong checksum"):
            fetch("a.bin", [f"{server.url}/whole"], tmp_path, **sums)


def test_when_all_mirrors_fail(server, tmp_path):
    (tmp_path / "a.bin.part").write_bytes(BODY[:10])
    urls = [
        f"{server.url}/odd",
        f"{server.url}/missing",
        f"{server.url}/wrong",
        "ftp://127.0.0.1/a",
        "http://127.0.0.1:1/a",
    ]
    with pytest.raises(DataError) as caught:
        fetch("a.bin", urls, tmp_path, md5=MD5)
    assert str(caught.value) == (
        "a.bin could not be downloaded. Tried:\n"
        f"  {server.url}/odd: asked for bytes 10-, got bytes 0-255999/256000\n"
        f"  {server.url}/missing: HTTP 404 Not Found\n"
        f"  {server.url}/wrong: wrong checksum, 256000 bytes\n"
        "  ftp://127.0.0.1/a: not an http or https address\n"
        "  http://127.0.0.1:1/a: Connection refused\n"
        f"Download it by hand and put it at {tmp_path / 'a.bin'}."
    )
    assert list(tmp_path.iterdir()) == []


def test_no_mirror_and_no_folder(tmp_path):
    text = (
        "a.bin could not be downloaded. Tried:\n  no mirror is known\n"
        f"Download it by hand and put it at {tmp_path / 'a.bin'}."
    )
    with pytest.raises(DataError, match=f"^{re.escape(text)}$"):
        fetch("a.bin", [], tmp_path, md5=MD5)
    (tmp_path / "file").write_bytes(b"")
    text = f"{tmp_path / 'file'}: the folder cannot be made: File exists. Give another folder."
    with pytest.raises(DataError, match=f"^{re.escape(text)}$"):
        fetch("a.bin", [], tmp_path / "file", md5=MD5)
    with pytest.raises(TypeError, match="fetch needs sha256 or md5"):
        fetch("a.bin", [], tmp_path)
