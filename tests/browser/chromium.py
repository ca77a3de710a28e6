"""Chromium, driven over a pipe by its own protocol: chromedevtools.github.io/devtools-protocol."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)
_LONGEST_ANSWER = 64 * 1024 * 1024
_SECONDS = 20.0
_PHONE_WIDTH = 500
_GOING = ("navigated or closed", "Cannot find context", "context was destroyed")
"""What Chromium says of a page that is left."""

Json = dict[str, Any]


def installed() -> str | None:
    """Where Chromium is, if it is."""
    return shutil.which("chromium") or shutil.which("google-chrome")


class Browser:
    """A running Chromium. Each page has a session; what it complains about is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: int) -> None:
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Json]] = {}
        self._complaints: dict[str, list[str]] = {}

    async def listen(self) -> None:
        """Reads answers and events until Chromium ends."""
        while True:
            try:
                answer = json.loads((await self._reader.readuntil(b"\0"))[:-1])
            except asyncio.IncompleteReadError:
                return
            if "id" in answer:
                self._waiting.pop(answer["id"]).set_result(answer)
            else:
                self._note(answer)

    def _note(self, event: Json) -> None:
        complaint = _complaint(event)
        if complaint:
            self._complaints.setdefault(event.get("sessionId", ""), []).append(complaint)

    async def send(self, method: str, session: str | None = None, **parameters: Any) -> Json:
        """Calls a method of the protocol."""
        number = max(self._waiting, default=0) + 1
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        call: Json = {"id": number, "method": method, "params": parameters}
        if session:
            call["sessionId"] = session
        os.write(self._writer, json.dumps(call).encode() + b"\0")
        said = await asyncio.wait_for(answer, _SECONDS)
        if "error" in said:
            raise RuntimeError(f"{method}: {said['error']['message']}")
        result: Json = said["result"]
        return result

    async def open(self, url: str, *, width: int, height: int, dark: bool = False) -> "Page":
        """A page of this size, loaded."""
        target = await self.send("Target.createTarget", url="about:blank")
        attached = await self.send(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )
        session = attached["sessionId"]
        page = Page(self, session, self._complaints.setdefault(session, []))
        for domain in ("Page", "Runtime", "Log"):
            await page.send(f"{domain}.enable")
        await page.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < _PHONE_WIDTH,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        await page.send("Emulation.setEmulatedMedia", features=[scheme])
        await page.send("Page.navigate", url=url)
        return page


class Page:
    """An open page."""

    def __init__(self, browser: Browser, session: str, complaints: list[str]) -> None:
        self._browser = browser
        self._session = session
        self.complaints = complaints
        """Errors in the console, broken policies and exceptions so far."""

    async def send(self, method: str, **parameters: Any) -> Json:
        """Calls a method of the protocol on this page."""
        return await self._browser.send(method, self._session, **parameters)

    async def run(self, script: str) -> Any:
        """The value of a JavaScript expression."""
        answer = await self.send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    async def until(self, condition: str) -> None:
        """Waits until a JavaScript expression is true. Raises TimeoutError."""
        script = f"""new Promise((done) => {{
            const look = () => ({condition}) ? done(true) : setTimeout(look, 20);
            look();
        }})"""
        async with asyncio.timeout(_SECONDS):
            while not await self._holds(script):
                pass

    async def _holds(self, script: str) -> bool:
        """False when the page went elsewhere meanwhile: then the next one is asked."""
        try:
            await self.run(script)
        except RuntimeError as error:
            if not any(word in str(error) for word in _GOING):
                raise
            return False
        return True

    async def press(self, key: str, code: int, text: str) -> None:
        """A key of the keyboard, and the text that it types."""
        for kind in ("keyDown", "keyUp"):
            await self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                **({"text": text} if kind == "keyDown" else {}),
            )


def _complaint(event: Json) -> str | None:
    parameters = event.get("params", {})
    match event["method"]:
        case "Runtime.exceptionThrown":
            return str(parameters["exceptionDetails"])
        case "Log.entryAdded" if parameters["entry"]["level"] == "error":
            return str(parameters["entry"]["text"])
        case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "assert"):
            return str(parameters["args"])
    return None


@asynccontextmanager
async def chromium(profile: Path) -> AsyncIterator[Browser]:
    """A Chromium with a fresh profile; ended and waited for."""
    program = installed()
    if program is None:
        raise FileNotFoundError("chromium is not installed")
    to_it, ours_out = os.pipe()
    ours_in, from_it = os.pipe()
    words = f'exec "$0" "$@" 3<&{to_it} 4>&{from_it}'  # the protocol wants these two numbers
    process = await asyncio.create_subprocess_exec(
        *("bash", "-c", words, program, *FLAGS, f"--user-data-dir={profile}", "about:blank"),
        pass_fds=(to_it, from_it),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(to_it)
    os.close(from_it)
    reader = asyncio.StreamReader(limit=_LONGEST_ANSWER)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(ours_in, "rb")
    )
    browser = Browser(reader, ours_out)
    listening = asyncio.create_task(browser.listen())
    try:
        yield browser
        await browser.send("Browser.close")
    finally:
        os.close(ours_out)  # the end of its input ends it in any case
        await process.wait()
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        transport.close()
