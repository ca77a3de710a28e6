"""A rendered mail, made ready for the wire: built, and signed where its domain has a key."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from services.notifier.channels.dkim_key import DkimKey, DkimKeys
from services.notifier.channels.mime import Mail, build_mail
from services.notifier.rendered import RenderedEmail
from services.notifier.return_path import ReturnPath


class Letters:
    """Every attempt is the same mail, byte for byte, as long as the key is the same.

    A signature takes milliseconds of pure Python, so it is made off the event loop, and in one
    thread: more of them would only take the interpreter from one another and from the loop.
    """

    def __init__(self, return_path: ReturnPath | None = None, keys: DkimKeys | None = None) -> None:
        self._return_path = return_path
        self._keys = keys or DkimKeys()
        self._sign = _signer() if self._keys.by_domain else None
        self._thread = ThreadPoolExecutor(1, "dkim")  # starts with the first signature

    async def written(self, message: RenderedEmail) -> Mail:
        """The mail. Raises AddressError, and CannotSignError."""
        mail = build_mail(message, self._return_path)
        key = self._keys.of(message.from_address.rpartition("@")[2])
        if key is None or self._sign is None:
            return mail
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._sign, mail, message, key)

    def close(self) -> None:
        """Ends the thread once what it is at is done. May be called again."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def _signer() -> Callable[[Mail, RenderedEmail, DkimKey], Mail]:
    """What signs. dkimpy is loaded before the first mail, and not where nothing is signed."""
    from services.notifier.channels.dkim_signature import dkim_signature  # noqa: PLC0415

    def signed(mail: Mail, message: RenderedEmail, key: DkimKey) -> Mail:
        one_click = message.stop_url is not None
        header = dkim_signature(mail.content, key, one_click=one_click)
        return replace(mail, content=header + mail.content)

    return signed
