"""Twilio's Messages API: send, list, look up.

Answers follow Twilio's OpenAPI description (github.com/twilio/twilio-oai) and its error pages.
The magic numbers of Twilio's test credentials work as they do there.
"""

import asyncio
import binascii
import re
import secrets
from base64 import b64decode
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.providers import twilio_whatsapp
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.http import BrokenOff, Silence, TooLargeError, parse_form, read_body
from sandbox.providers.inbox import Arrival, Inbox
from sandbox.providers.twilio_callbacks import Callbacks, Report, Status, Subject, reports_of
from sandbox.providers.twilio_inbound import Inbound

LONGEST_BODY = 1600
_LONGEST_VALIDITY = 36_000
_KEPT = 10_000
_PAGE = 50
_LARGEST_PAGE = 1000
_CREATED, _NOT_FOUND = 201, 404
_VERSION = "2010-04-01"
_E164 = re.compile(r"\+[1-9]\d{6,14}")

Resource = dict[str, Any]
Form = dict[str, str]

MAGIC_RECIPIENTS: dict[str, int] = {
    # twilio.com/docs/iam/test-credentials
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
ERRORS: dict[int, tuple[int, str]] = {
    # code: HTTP status and text
    20001: (400, "Invalid parameter"),
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    21211: (400, "Invalid 'To' Phone Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region"),
    21602: (400, "A text message body or media urls must be specified."),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "The 'To' phone number is not currently reachable using the 'From' number"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    **twilio_whatsapp.ERRORS,
}
_FAULTS: dict[Fault, int] = {
    Fault.RATE_LIMIT: 20429,
    Fault.SERVER_ERROR: 20500,
    Fault.REFUSE: 21614,
    Fault.BAD_CREDENTIALS: 20003,
}


def routes(
    inbox: Inbox,
    faults: FaultSwitch,
    *,
    clock: Callable[[], datetime],
    credentials: tuple[str, str] | None = None,
    callbacks: Callbacks | None = None,
    inbound: Inbound | None = None,
) -> list[BaseRoute]:
    """The routes of the API. `credentials` (account SID, token) are the only ones that are taken;
    None takes any. With `callbacks`, what becomes of a message is told to the StatusCallback that
    came with it; without, it is sent as soon as anybody asks. What is written to `inbound` is
    listed as well, and opens WhatsApp's window. `clock`: real time, because whoever asks for
    messages asks by it."""
    api = _MessagesApi(inbox, faults, clock, credentials, callbacks)
    api.inbound = inbound
    messages = f"/{_VERSION}/Accounts/{{account}}/Messages"
    return [
        Route(f"{messages}.json", api.create, methods=["POST"]),
        Route(f"{messages}.json", api.find, methods=["GET"]),
        Route(f"{messages}/{{sid}}.json", api.fetch, methods=["GET"]),
    ]


class _MessagesApi:
    def __init__(
        self,
        inbox: Inbox,
        faults: FaultSwitch,
        clock: Callable[[], datetime],
        credentials: tuple[str, str] | None,
        callbacks: Callbacks | None,
    ) -> None:
        self._inbox = inbox
        self._faults = faults
        self._clock = clock
        self._credentials = credentials
        self._callbacks = callbacks
        self._resources: OrderedDict[str, tuple[datetime, Resource]] = OrderedDict()
        self.inbound: Inbound | None = None

    async def create(self, request: Request) -> Response:
        """POST: takes a message."""
        try:
            form = parse_form(await read_body(request))
        except TooLargeError:
            return _error(21617)
        to = twilio_whatsapp.number_in(form.get("To", ""))
        rule = self._faults.next(twilio_whatsapp.channel_of(form), to)
        if rule is not None and rule.fault is Fault.DELAY:
            await asyncio.sleep(rule.delay_s)
        refusal = self._refusal(request, form, rule)
        if refusal is not None:
            return refusal
        resource = self._keep(request, form)
        if rule is not None and rule.fault is Fault.ACCEPT_THEN_SILENCE:
            return Silence()
        return JSONResponse(resource, _CREATED)

    async def find(self, request: Request) -> Response:
        """GET: messages by recipient, sender and day, newest first."""
        if not self._knows(request):
            return _error(20003)
        query = dict(request.query_params)
        try:
            size = min(max(int(query.get("PageSize", _PAGE)), 1), _LARGEST_PAGE)
            page = max(int(query.get("Page", 0)), 0)
            found = [item for sent, item in self._newest_first() if _matches(item, sent, query)]
        except ValueError:
            return _error(20001)
        return JSONResponse(_page_of(found, page, size, request.url.path, query))

    async def fetch(self, request: Request) -> Response:
        """GET: one message."""
        if not self._knows(request):
            return _error(20003)
        kept = self._resources.get(request.path_params["sid"])
        return _error(20404) if kept is None else JSONResponse(kept[1])

    def _refusal(self, request: Request, form: Form, rule: FaultRule | None) -> Response | None:
        if not self._knows(request):
            return _error(20003)
        if rule is not None and rule.fault is Fault.RESET:
            return BrokenOff()
        if rule is not None and rule.fault in _FAULTS:
            return _error(_FAULTS[rule.fault], rule)
        code = refusal_of(form)
        return None if code is None else _error(code)

    def _knows(self, request: Request) -> bool:
        login = _basic_login(request.headers.get("Authorization", ""))
        if login is None or login[0] != request.path_params["account"]:
            return False
        return self._credentials is None or login == self._credentials

    def _keep(self, request: Request, form: Form) -> Resource:
        now = self._clock()
        came = self.inbound.kept if self.inbound else []
        is_outside = twilio_whatsapp.is_outside(form, came, now)
        texts = self.inbound.approved if self.inbound else {}
        form = {**form, "Body": twilio_whatsapp.body_of(form, texts)}
        resource = _resource(request.path_params["account"], form, now)
        kept = resource.copy()
        self._resources[resource["sid"]] = (now, kept)
        if len(self._resources) > _KEPT:
            self._resources.popitem(last=False)
        channel, to = twilio_whatsapp.channel_of(form), twilio_whatsapp.number_in(form["To"])
        rule = self._faults.next_report(channel, to)
        arrival = Arrival(channel=channel, to=to, text=form["Body"], provider_ref=resource["sid"])
        is_late = rule is not None and rule.fault is Fault.LATE
        if not is_outside and not is_late:
            self._inbox.add(arrival)
        if is_outside:
            code = twilio_whatsapp.OUTSIDE
            rule = FaultRule(channel=channel, fault=Fault.UNDELIVERED, code=code)
        if self._callbacks is None:
            end = reports_of(rule)[-1] if is_outside else Report(status=Status.SENT)
            _become(kept, end, now)
            return resource
        url = form.get("StatusCallback")
        subject = None
        if url:
            subject = Subject(url=url, auth_token=_token(request), fields=_fields(kept))

        def become(report: Report) -> None:
            _become(kept, report, self._clock())
            if is_late and not is_outside and report.status is Status.DELIVERED:
                self._inbox.add(arrival)

        self._callbacks.follow(rule, become, subject, channel)
        return resource

    def _newest_first(self) -> list[tuple[datetime, Resource]]:
        came = self.inbound.kept if self.inbound else []
        both = [*self._resources.values(), *((_date(one["date_sent"]), one) for one in came)]
        return sorted(both, key=lambda each: each[0])[::-1]


def _date(text: str) -> datetime:
    return parsedate_to_datetime(text).astimezone(UTC)


def _validity_is_right(form: Form) -> bool:
    text = form.get("ValidityPeriod", str(_LONGEST_VALIDITY))
    return text.isdecimal() and 1 <= int(text) <= _LONGEST_VALIDITY


_REFUSALS: tuple[tuple[int, Callable[[Form], bool]], ...] = (
    # The first that applies.
    (21604, lambda form: not form.get("To")),
    (21211, lambda form: not _E164.fullmatch(twilio_whatsapp.number_in(form["To"]))),
    (21603, lambda form: not form.get("From") and not form.get("MessagingServiceSid")),
    (21602, lambda form: not form.get("Body") and "ContentSid" not in form),
    (21617, lambda form: len(form.get("Body", "")) > LONGEST_BODY),
    (20001, lambda form: not _validity_is_right(form)),
)


def refusal_of(form: Form) -> int | None:
    """Twilio's code for what is wrong with a message, None when nothing is."""
    found = next((code for code, applies in _REFUSALS if applies(form)), None)
    found = found or twilio_whatsapp.refusal_of(form)
    return found or MAGIC_RECIPIENTS.get(twilio_whatsapp.number_in(form["To"]))


def _token(request: Request) -> str:
    login = _basic_login(request.headers.get("Authorization", ""))
    return login[1] if login else ""


def _fields(resource: Resource) -> Form:
    """What every report on a message holds."""
    fields = {
        "MessageSid": resource["sid"],
        "SmsSid": resource["sid"],
        "AccountSid": resource["account_sid"],
        "ApiVersion": resource["api_version"],
        "From": resource["from"],
        "MessagingServiceSid": resource["messaging_service_sid"],
        "To": resource["to"],
    }
    return {name: value for name, value in fields.items() if value is not None}


_LAST = {
    # What is never said after what.
    status: frozenset({Status.READ, Status.UNDELIVERED})
    | (frozenset() if status is Status.READ else {Status.DELIVERED})
    for status in Status
}


def _become(resource: Resource, report: Report, now: datetime) -> None:
    """A message moves on, and never back."""
    if resource["status"] in _LAST[report.status]:
        return
    date = format_datetime(now.astimezone(UTC))
    resource["status"] = report.status
    resource["date_sent"] = resource["date_sent"] or date
    resource["date_updated"] = date
    resource["error_code"] = report.error_code


def _basic_login(header: str) -> tuple[str, str] | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def _error(code: int, rule: FaultRule | None = None) -> Response:
    status, text = ERRORS[code]
    more_info = f"https://www.twilio.com/docs/errors/{code}"
    body = {"code": code, "message": text, "more_info": more_info, "status": status}
    headers = {}
    if rule is not None and rule.fault is Fault.RATE_LIMIT:
        headers["Retry-After"] = str(rule.retry_after)
    return JSONResponse(body, status, headers)


def _resource(account: str, form: Form, now: datetime) -> Resource:
    sid = f"SM{secrets.token_hex(16)}"
    service = form.get("MessagingServiceSid")
    uri = f"/{_VERSION}/Accounts/{account}/Messages/{sid}"
    date = format_datetime(now.astimezone(UTC))
    return {
        "account_sid": account,
        "api_version": _VERSION,
        "body": form["Body"],
        "date_created": date,
        "date_sent": None,
        "date_updated": date,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": form.get("From"),
        "messaging_service_sid": service,
        "num_media": "0",
        "num_segments": "0" if service else str(segments_of(form["Body"])),
        "price": None,
        "price_unit": "USD",
        "sid": sid,
        "status": "accepted" if service else "queued",
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": form["To"],
        "uri": f"{uri}.json",
    }


_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO_SEPTETS = frozenset("\f^{}\\[~]|€")


def segments_of(text: str) -> int:
    """How many SMS a text takes (3GPP TS 23.038), counted in septets, else in UTF-16 units."""
    if all(character in _GSM or character in _GSM_TWO_SEPTETS for character in text):
        length = len(text) + sum(character in _GSM_TWO_SEPTETS for character in text)
        single, part = 160, 153
    else:
        length = len(text.encode("utf-16-le")) // 2
        single, part = 70, 67
    return 1 if length <= single else -(-length // part)


def _matches(resource: Resource, sent: datetime, query: dict[str, str]) -> bool:
    if "To" in query and resource["to"] != query["To"]:
        return False
    if "From" in query and resource["from"] != query["From"]:
        return False
    if resource["date_sent"] is None and any(name.startswith("DateSent") for name in query):
        return False
    return (
        _is(query.get("DateSent"), sent, lambda moment, bound: moment == bound)
        and _is(query.get("DateSent>"), sent, lambda moment, bound: moment >= bound)
        and _is(query.get("DateSent<"), sent, lambda moment, bound: moment <= bound)
    )


def _is(bound: str | None, sent: datetime, compare: Callable[[Any, Any], bool]) -> bool:
    """Compares days (YYYY-MM-DD) or moments, in UTC. Raises ValueError."""
    if bound is None:
        return True
    moment = sent.astimezone(UTC)
    if "T" in bound:
        return compare(moment, datetime.fromisoformat(bound).astimezone(UTC))
    return compare(moment.date().isoformat(), bound)


def _page_of(
    found: list[Resource], page: int, size: int, path: str, query: dict[str, str]
) -> dict[str, Any]:
    start = page * size
    messages = found[start : start + size]

    def uri(number: int) -> str:
        return f"{path}?{urlencode({**query, 'PageSize': size, 'Page': number})}"

    return {
        "messages": messages,
        "page": page,
        "page_size": size,
        "start": start,
        "end": max(start + len(messages) - 1, 0),
        "uri": uri(page),
        "first_page_uri": uri(0),
        "next_page_uri": uri(page + 1) if start + size < len(found) else None,
        "previous_page_uri": uri(page - 1) if page > 0 else None,
    }
