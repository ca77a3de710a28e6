"""Twilio's own client, given our HTTP: who we are there, and what its errors mean.

The HTTP client that it brings ignores its timeout, can post twice (`max_retries`), logs numbers,
and drops the Retry-After of an answer.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from headsup.contracts.channels import Channel
from services.notifier.channels.base import SendError, TransientError
from services.notifier.channels.verdicts import Verdict, error_of

TWILIO_API = "https://api.twilio.com"
WHATSAPP = "whatsapp:"
"""Before a number, wherever Twilio means WhatsApp."""
_MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_TOO_MANY_REQUESTS, _SERVER_ERRORS = 429, 500
MALFORMED = (ValueError, KeyError, AttributeError, TypeError)

CODES: dict[int, Verdict] = {
    # twilio.com/docs/api/errors/<code>; Twilio asks not to build on its texts
    20003: Verdict.OUR_FAULT,  # bad credentials
    20429: Verdict.TOO_FAST,
    21211: Verdict.BAD_ADDRESS,  # no valid number
    21212: Verdict.OUR_FAULT,  # bad From
    21408: Verdict.NOT_ALLOWED,  # this region is not switched on for our account
    21601: Verdict.OUR_FAULT,  # From cannot send SMS
    21606: Verdict.OUR_FAULT,
    21608: Verdict.NOT_ALLOWED,  # a trial account writes to verified numbers only
    21610: Verdict.OPTED_OUT,  # replied STOP
    21611: Verdict.LATER,  # our sender has ten hours of messages waiting
    21612: Verdict.REFUSED,  # no way from this From to this To
    21614: Verdict.BAD_ADDRESS,  # cannot receive SMS
    21617: Verdict.REFUSED,  # longer than 1600 characters
    21635: Verdict.BAD_ADDRESS,  # a landline
    21659: Verdict.OUR_FAULT,
    30001: Verdict.LATER,  # queue overflow
    30002: Verdict.OUR_FAULT,  # account suspended
    30003: Verdict.NOT_NOW,  # handset unreachable
    30004: Verdict.REFUSED,
    30005: Verdict.BAD_ADDRESS,  # no such handset
    30006: Verdict.BAD_ADDRESS,  # a landline, or a carrier that cannot be reached
    30007: Verdict.REFUSED,  # taken for spam
    30008: Verdict.NOT_NOW,  # the carrier does not say why
    30024: Verdict.OUR_FAULT,
    30032: Verdict.OUR_FAULT,  # toll-free number not verified
    30034: Verdict.OUR_FAULT,  # number not registered (A2P 10DLC)
    30500: Verdict.LATER,
    # WhatsApp; twilio.com/docs/whatsapp/tutorial/error-codes says which of Meta's they stand for
    21655: Verdict.NO_TEMPLATE,  # no such ContentSid
    21656: Verdict.NO_TEMPLATE,  # it takes other variables
    63001: Verdict.OUR_FAULT,  # the channel does not know our account
    63003: Verdict.BAD_ADDRESS,  # nobody has WhatsApp there
    63005: Verdict.REFUSED,
    63007: Verdict.OUR_FAULT,  # From is no sender of WhatsApp
    63013: Verdict.REFUSED,  # against Meta's rules
    63014: Verdict.BLOCKED,
    63015: Verdict.NOT_ALLOWED,  # Twilio's own sandbox writes to those who joined it
    63016: Verdict.NO_TEMPLATE,  # more than 24 hours after the customer's last word
    63018: Verdict.TOO_FAST,  # our sender, or to this recipient
    63020: Verdict.OUR_FAULT,  # the account at Meta is not paid for
    63021: Verdict.REFUSED,  # longer than 1024 characters with its variables, for one
    63024: Verdict.BAD_ADDRESS,
    63027: Verdict.NO_TEMPLATE,  # not in this language
    63028: Verdict.NO_TEMPLATE,  # it takes another number of variables
    63032: Verdict.REFUSED,  # an experiment of Meta's leaves this recipient out
    63040: Verdict.NO_TEMPLATE,  # rejected
    63041: Verdict.NO_TEMPLATE,  # paused
    63042: Verdict.NO_TEMPLATE,  # switched off
    63049: Verdict.REFUSED,  # Meta thinks that they get enough marketing
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Who sends. `sender` is a number (E.164), a name, or a Messaging Service (`MG...`)."""

    sid: str
    auth_token: str = field(repr=False)
    sender: str

    @property
    def is_service(self) -> bool:
        """Whether it is a Messaging Service, which writes from several numbers."""
        return _MESSAGING_SERVICE.fullmatch(self.sender) is not None


def senders_of(accounts: Mapping[str, TwilioAccount], sid: str, to: str) -> list[str]:
    """Our names for the senders that somebody wrote to. A Messaging Service writes from any of its
    numbers, so there the account has to do."""
    return [
        name
        for name, account in accounts.items()
        if account.sid == sid and (account.sender == to or account.is_service)
    ]


def by_channel(address: str) -> tuple[Channel, str]:
    """Which channel an address of Twilio's is of, and the number in it."""
    if address.startswith(WHATSAPP):
        return Channel.WHATSAPP, address.removeprefix(WHATSAPP)
    return Channel.SMS, address


def client_of(account: TwilioAccount, http: "TwilioHttp", api_url: str) -> Client:
    """Twilio's client for an account, over our HTTP."""
    # Else TWILIO_REGION and TWILIO_EDGE of the environment would change the host.
    no_region = {"TWILIO_REGION": "", "TWILIO_EDGE": ""}
    client = Client(account.sid, account.auth_token, http_client=http, environment=no_region)
    client.api.base_url = api_url.rstrip("/")
    return client


def verdict_of(status: int, code: int | None) -> Verdict:
    """What an answer means: by Twilio's code, else by the family of the HTTP status."""
    if status >= _SERVER_ERRORS:
        return Verdict.UNKNOWN  # it may have failed after the message was created
    if code in CODES:
        return CODES[code]
    if status == _TOO_MANY_REQUESTS:
        return Verdict.TOO_FAST  # "never processed, always safe to retry"
    return Verdict.OUR_FAULT  # a request that Twilio does not understand is ours


def translate(error: Exception) -> SendError:
    """The error of Twilio's client, in our words."""
    if isinstance(error, (TwilioRestException, TwilioServiceException)):
        code = error.code if isinstance(error.code, int) else None
        return error_of(verdict_of(error.status, code), str(code or error.status))
    # Accepted, but the answer is not what the API promises.
    return error_of(Verdict.UNKNOWN, type(error).__name__)


def translate_page(error: TwilioException) -> SendError:
    """A list that is refused comes as a bare error with the response beside its words."""
    response = next((each for each in error.args if isinstance(each, Response)), None)
    if response is None:
        return TransientError(type(error).__name__)
    code = _code_in(response.text)
    verdict = verdict_of(response.status_code, code)
    if verdict is Verdict.UNKNOWN:
        verdict = Verdict.LATER
    return error_of(verdict, str(code or response.status_code))


def _code_in(text: str) -> int | None:
    try:
        code = json.loads(text)["code"]
    except MALFORMED:
        return None
    return code if isinstance(code, int) else None


class TwilioHttp(AsyncHttpClient):  # type: ignore[misc]  # twilio is not typed
    """HTTP for Twilio's client: one timeout over everything, one attempt, nothing logged.

    Whether a request had been written when it failed decides whether it may be repeated, so
    aiohttp's tracing is asked exactly that.
    """

    def __init__(self, timeout: float) -> None:
        self.is_async = True
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=timeout), trace_configs=[_written_trace()]
        )

    async def request(  # noqa: PLR0913, PLR0917  the signature is Twilio's
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  ours is over everything
        allow_redirects: bool = False,
    ) -> Response:
        """One request. Raises SendError when there is no answer, or the answer is to slow down."""
        progress = SimpleNamespace(written=False)
        try:
            async with self._session.request(
                method,
                url,
                params=params,
                data=data,
                headers=_with_login(headers, auth),
                allow_redirects=allow_redirects,
                trace_request_ctx=progress,
            ) as response:
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            verdict = Verdict.UNKNOWN if progress.written else Verdict.LATER
            raise error_of(verdict, type(error).__name__) from error
        if response.status == _TOO_MANY_REQUESTS:
            # Twilio counts the requests of an account that run at once (error 20429), whoever
            # they are for.
            seconds = _seconds(response.headers.get("Retry-After"))
            raise error_of(Verdict.TOO_FAST, "429", seconds, limits_all=True)
        return Response(response.status, text, response.headers)

    async def close(self) -> None:
        """Ends the connections."""
        await self._session.close()


def _written_trace() -> aiohttp.TraceConfig:
    async def mark(
        _session: aiohttp.ClientSession, context: SimpleNamespace, _parameters: object
    ) -> None:
        context.trace_request_ctx.written = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(mark)
    return trace


def _with_login(headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> dict[str, str]:
    """Basic authentication as a header: aiohttp no longer wants it as a parameter."""
    login = {"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {}
    return {**(headers or {}), **login}


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After in seconds. Its other form, a date, would need a clock that both sides share."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
