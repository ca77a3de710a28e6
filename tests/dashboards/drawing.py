"""Pictures of the dashboards, drawn by Grafana's own components in a browser that asks nobody."""

import http.server
import json
import subprocess
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

_TOOL: Final = Path("tools/dashboards")
_BUILD: Final = Path("build/dashboards")
_CHROMIUM: Final = "/usr/bin/chromium"
_WIDTH: Final = 1336
_PAGE: Final = """<!doctype html>
<meta charset="utf-8">
<link rel="stylesheet" href="page.css">
<body><div id="root"></div>
<script>window.SHOWN = {shown}</script>
<script src="page.js"></script>
"""


def draw(found: Mapping[str, Any], folder: Path) -> Iterator[Path]:
    """A picture of each dashboard, as WebP. Raises CalledProcessError."""
    _bundle()
    for name, shown in found.items():
        written = _PAGE.format(shown=json.dumps(shown).replace("</", "<\\\\/"))
        (_BUILD / f"{name}.html").write_text(written, "utf-8")
    with _served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        for name in found:
            page = browser.new_page(viewport={"width": _WIDTH, "height": 900})
            page.goto(f"{address}/{name}.html")
            page.wait_for_timeout(3000)
            picture = folder / f"{name}.webp"
            picture.write_bytes(_seen(page))
            yield picture
        browser.close()


def _seen(page: Page) -> bytes:
    """All of a page. Playwright itself knows no WebP, which is a third as large as PNG here."""
    height = page.evaluate("document.documentElement.scrollHeight")
    clip = {"x": 0, "y": 0, "width": _WIDTH, "height": height, "scale": 1}
    wished = {"format": "webp", "quality": 80, "captureBeyondViewport": True, "clip": clip}
    session = page.context.new_cdp_session(page)
    return b64decode(session.send("Page.captureScreenshot", wished)["data"])


def _bundle() -> None:
    for source in ("page.jsx", "scrollbars.cjs"):
        (_BUILD / source).write_text((_TOOL / source).read_text("utf-8"), "utf-8")
    icons, ours = _BUILD / "node_modules/@grafana/ui/dist/public", _BUILD / "public"
    ours.mkdir(exist_ok=True)
    if not (ours / "build").exists():
        (ours / "build").symlink_to(icons.absolute())
    words = ("--bundle", "--minify", "--log-level=error", "--loader:.ttf=empty")
    more = ("--loader:.svg=dataurl", "--alias:react-custom-scrollbars-2=./scrollbars.cjs")
    is_real = '--define:process.env.NODE_ENV="production"'
    esbuild = Path("node_modules/.bin/esbuild")
    command = (str(esbuild), "page.jsx", *words, *more, is_real, "--outfile=page.js")
    subprocess.run(command, check=True, cwd=_BUILD)


@contextmanager
def _served() -> Iterator[str]:
    """The folder, on this machine alone."""
    handler = partial(_Quiet, directory=str(_BUILD))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing of what it serves."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nothing."""
