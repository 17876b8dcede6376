"""Pages of the documentation: whatever they link to is there, and every picture is shown somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def lost(page: Path, text: str) -> list[str]:
    """Links of a page, other than addresses, whose file is not there."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    targets = [target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)]
    return [target for target in targets if "://" not in target and not (page.parent / target).exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    assert lost(page, page.read_text(encoding="utf-8")) == []


def test_a_lost_link_is_found():
    text = "[one](docs/none.md), [two](docs/architecture.md#words), ![three](none.svg), [four](https://a.invalid/b)"
    assert lost(ROOT / "README.md", text) == ["docs/none.md", "none.svg"]


def test_every_picture_is_shown_and_every_page_is_linked():
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    pictures = {path.name for path in (ROOT / "docs" / "images").iterdir()}
    assert {name for name in pictures if f"images/{name})" not in text} == set()
    readme = PAGES[0].read_text(encoding="utf-8")
    assert {page.name for page in PAGES[1:] if f"docs/{page.name})" not in readme} == set()
