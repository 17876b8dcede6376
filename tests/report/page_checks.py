"""Checks of a report's page: what it asks for, what Chromium says about it, and what a screen reader needs."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

VOID = {"img", "meta", "link", "input", "br", "hr", "image"}
ADDRESSES = ("src", "href", "xlink:href", "action", "data", "poster", "srcset")


class Page(HTMLParser):
    """The elements of a page in order, and whether every one is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.words: list[tuple[str, str]] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.words.append((self.open[-1] if self.open else "", data))

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def outside(text: str) -> list[str]:
    """Every address in a page that leads out of it."""
    found = []
    for _, attributes in Page(text).elements:
        for name in ADDRESSES:
            address = attributes.get(name, "")
            if address and not address.startswith(("data:", "#")):
                found.append(address)
    found += re.findall(r"@import[^;]+|url\((?!['\"]?(?:data:|#))[^)]*\)", text)
    found += re.findall(r"fetch\(|XMLHttpRequest|WebSocket|importScripts|navigator\.sendBeacon", text)
    return found


def unreadable(text: str) -> list[str]:
    """What a screen reader or a keyboard would miss."""
    page, missing = Page(text), []
    if page.wrong or page.open:
        missing.append(f"not closed: {page.wrong or page.open}")
    missing += [f"img without alt: {a.get('src', '')[:40]}" for a in page.of("img") if not a.get("alt")]
    missing += [f"th without scope: {a}" for a in page.of("th") if a.get("scope") not in ("row", "col")]
    missing += [f"no {tag}" for tag in ("header", "nav", "main", "footer", "h1") if len(page.of(tag)) != 1]
    if page.of("html")[0].get("lang") != "en":
        missing.append("no language")
    if len(page.of("caption")) != len(page.of("table")):
        missing.append("a table without a caption")
    ids = [a["id"] for _, a in page.elements if "id" in a]
    missing += sorted({f"id twice: {one}" for one in ids if ids.count(one) > 1})
    missing += [f"leads nowhere: {a['href']}" for a in page.of("a") if a["href"][1:] not in ids]
    missing += [f"no name: section {a}" for a in page.of("section") if a.get("aria-labelledby") not in ids]
    labelled = {a.get("for") for a in page.of("label")}
    missing += [f"input without label: {a}" for a in page.of("input") if a.get("id") not in labelled]
    for tag, a in page.elements:
        if tag == "svg" and not (a.get("aria-label") or a.get("aria-labelledby")):
            missing.append("svg without a name")
        if a.get("class") == "wide" and a.get("tabindex") != "0":
            missing.append("scrolls without keys")
    return missing


def chromium() -> str | None:
    """The browser, where there is one."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


def browse(path: Path, folder: Path, more: str = "") -> tuple[str, list[str]]:
    """Open a page in Chromium, with a script at its end; return the page as it is then, and what the console says."""
    file = folder / "browsed.html"
    script = f"<script>{more}</script>" if more else ""
    file.write_text(path.read_text(encoding="utf-8").replace("</body>", f"{script}</body>"), encoding="utf-8")
    done = subprocess.run(
        [str(chromium()), "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0",
         f"--user-data-dir={folder / 'profile'}", "--virtual-time-budget=2000", "--dump-dom", file.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
