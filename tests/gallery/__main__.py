"""`make messages`: writes every message, checks it, and shows all of them on one page. Fails when
one of them may not be sent as it is."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from headsup.contracts.catalogue import Kind
from services.notifier.render import Renderer
from services.notifier.render.text_files import TextsError
from tests.gallery import checks, page, sources
from tests.gallery.finding import Finding
from tests.gallery.written import every_message

_TEXTS: Final = Path("services/notifier/messages")
_PAGE: Final = Path("build/messages/index.html")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("--page", type=Path, default=_PAGE, help="where the page is written")
    parser.add_argument("--only", default="", help="kinds with this in their name")
    parsed = parser.parse_args(arguments)
    found = sources.findings(_TEXTS)
    try:
        renderer = Renderer.load()
    except TextsError as error:
        found.append(Finding(where="texts", problem=str(error)))
        return _said(found, "nothing could be written")
    kinds = [kind for kind in Kind if parsed.only in kind]
    messages = list(every_message(renderer, kinds))
    found += [finding for message in messages for finding in checks.findings(message)]
    parsed.page.parent.mkdir(parents=True, exist_ok=True)
    parsed.page.write_text(page.page_of(messages, found), "utf-8")
    return _said(found, f"{len(messages)} messages, see {parsed.page}")


def _said(found: Sequence[Finding], summary: str) -> int:
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    sys.stdout.write(f"{summary}; {len(found) or 'nothing'} to mend\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
