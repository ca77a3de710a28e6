"""Who somebody of the shop's is, as the proxy before us says, and that a form is theirs."""

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from starlette.requests import Request

from services.notifier.web_settings import SupportSettings

_LONGEST: Final = 254
_HOURS: Final = 12
"""For so long a form may lie open."""
_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Believes the proxy alone: a header that came from elsewhere lacks the secret."""

    settings: SupportSettings
    origin: str
    """Scheme, host and port of our address."""

    def operator(self, request: Request) -> str | None:
        """Who it is; None when nobody vouches for them, or they may not look."""
        secret = self._only(request, self.settings.secret_header)
        if not hmac.compare_digest(secret.encode("latin-1"), self.settings.secret):
            return None
        user = self._only(request, self.settings.user_header)
        if not 0 < len(user) <= _LONGEST or not user.isascii() or not user.isprintable():
            return None
        said = self._only(request, self.settings.groups_header).split(",")
        groups = {group.strip() for group in said}
        return user if groups & self.settings.groups else None

    def is_from_our_page(self, request: Request) -> bool:
        """Whether a browser says that a form of ours was sent. One that says nothing is none."""
        site = request.headers.get("sec-fetch-site")
        origin = request.headers.get("origin")
        if site is not None and site != "same-origin":
            return False
        if origin is not None:
            return origin == self.origin
        return site is not None

    def token(self, operator: str, now: datetime) -> str:
        """What stands in a form, for this person alone."""
        return self._signed(operator, int(now.astimezone(UTC).timestamp()) // _HOUR)

    def knows(self, token: str, operator: str, now: datetime) -> bool:
        """Whether the form is one of theirs, and not too old."""
        hour = int(now.astimezone(UTC).timestamp()) // _HOUR
        own = (self._signed(operator, hour - ago) for ago in range(_HOURS + 1))
        return any(hmac.compare_digest(token.encode(), each.encode()) for each in own)

    def _signed(self, operator: str, hour: int) -> str:
        said = f"support form\n{operator}\n{hour}".encode()
        return hmac.new(self.settings.secret, said, sha256).hexdigest()

    def _only(self, request: Request, name: str) -> str:
        """Empty where it stands twice: then somebody adds to what the proxy says."""
        found = request.headers.getlist(name)
        return found[0] if len(found) == 1 else ""
