"""The docs lead somewhere."""

import re
from pathlib import Path

from tests.support.each import each

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(ROOT / name / "README.md" for name in ("", "deploy", "schemas")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")


def dead_links(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    links = _LINK.findall(page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    return [link for link in local if not (page.parent / link).exists()]


@each("page", PAGES)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert dead_links(page) == []


def test_a_dead_link_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("[here](page.md), [there](https://shop.example), [nowhere](gone.md#part)")
    assert dead_links(page) == ["gone.md"]
