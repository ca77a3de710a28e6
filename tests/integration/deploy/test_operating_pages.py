"""What the pages for operators name is there."""

import re
from pathlib import Path

from headsup.contracts.settings import sections
from tests.integration.deploy.test_runbooks import missing as not_there
from tests.support.each import each

PAGES = sorted(Path("docs/operating").glob("*.md"))
CONFIGURE = Path("docs/operating/configure.md")
_SETTING = re.compile(r"`((?:HEADSUP|KAFKA|SMTP|TWILIO|TELEGRAM|OTEL)_[A-Z0-9_]+|DATABASE_URL)[`=]")
_KNOWN = {name: each_ for part in sections().values() for name, each_ in part.items()}


def named(page: Path) -> set[str]:
    """The settings of which a page speaks."""
    return set(_SETTING.findall(page.read_text("utf-8")))


@each("page", PAGES)
def test_a_setting_that_a_page_names_is_one(page: Path) -> None:
    assert named(page) - _KNOWN.keys() == set()


def test_a_setting_that_there_is_not_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`HEADSUP_SHOPS`, `HEADSUP_SHOP`, `KAFKA_BROKER=x`")
    assert named(page) - _KNOWN.keys() == {"HEADSUP_SHOP", "KAFKA_BROKER"}


def test_whatever_has_to_be_set_is_among_what_is_to_be_decided() -> None:
    needed = {name for name, each_ in _KNOWN.items() if each_.is_required}
    assert needed - named(CONFIGURE) == set()
    assert len(needed) >= 8


@each("page", PAGES)
def test_the_commands_of_a_page_are_there(page: Path) -> None:
    """A name that stands for several commands, such as `headsup db`, is not asked for one."""
    assert [each_ for each_ in not_there(page) if not each_.endswith(" ")] == []
