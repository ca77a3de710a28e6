"""Reading and writing CloudEvents in a Kafka record, in both modes."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts import envelope
from headsup.contracts.base import Customer, Estimate, Money
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.contracts.registry import BY_NAME, EVENT_TYPES, EventType, Topic
from headsup.contracts.shop import Consent, CustomerUpdated, OrderPlaced, PaymentState
from tests.support.each import each

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STRUCTURED = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
PLACED = OrderPlaced(
    order_id="A-1001",
    customer=Customer(id="C-204", name="Олена <b>\r\nКоваленко 🫖"),
    total=Money(amount="1299.00", currency="UAH"),
    payment=PaymentState.PAID,
    estimate=Estimate(latest=date(2026, 11, 28)),
)
EVENT = envelope.make("https://shop.example", "e-1", NOW, PLACED)


def document(**changes: Any) -> dict[str, Any]:
    """EVENT as JSON, with attributes replaced; a change to `...` takes one out."""
    written: dict[str, Any] = json.loads(envelope.encode(EVENT)) | changes
    return {name: value for name, value in written.items() if value is not ...}


def with_data(**changes: Any) -> bytes:
    data = {n: v for n, v in (document()["data"] | changes).items() if v is not ...}
    return json.dumps(document(data=data)).encode()


def binary(
    changes: dict[str, bytes | None] | None = None,
) -> tuple[bytes, list[tuple[str, bytes | None]]]:
    """EVENT in the binary mode, with headers replaced."""
    value, headers = envelope.to_binary(EVENT)
    return value, list((dict[str, bytes | None](headers) | (changes or {})).items())


def refusal(
    value: bytes | None, headers: list[tuple[str, bytes | None]] | None = None
) -> EventRefusedError:
    with pytest.raises(EventRefusedError) as refused:
        envelope.decode(value, headers or [], NOW)
    return refused.value


def where(refused: EventRefusedError) -> tuple[RefusalCode, str]:
    return refused.code, refused.field


# Both modes


def test_an_event_comes_back_as_it_was_written() -> None:
    assert envelope.decode(envelope.encode(EVENT), envelope.headers(EVENT), NOW) == EVENT


def test_an_event_in_the_binary_mode_comes_back_as_it_was_written() -> None:
    value, headers = envelope.to_binary(EVENT)
    assert envelope.decode(value, headers, NOW) == EVENT


def test_an_event_without_any_header_is_read_as_structured() -> None:
    assert envelope.decode(envelope.encode(EVENT), [], NOW) == EVENT


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_the_case_of_a_header_does_not_matter(name: str) -> None:
    headers = [(name, b"Application/CloudEvents+JSON"), ("CE_SpecVersion", b"1.0")]
    assert envelope.decode(envelope.encode(EVENT), headers, NOW) == EVENT
    value, binary_headers = envelope.to_binary(EVENT)
    shouted = [(header.upper(), content) for header, content in binary_headers]
    assert envelope.decode(value, shouted, NOW) == EVENT


def test_a_structured_event_may_repeat_its_attributes_as_headers() -> None:
    headers = [*STRUCTURED, ("ce_specversion", b"1.0"), ("ce_id", b"another")]
    assert envelope.decode(envelope.encode(EVENT), headers, NOW).id == "e-1"


def test_fields_attributes_and_headers_that_nobody_knows_are_passed_over() -> None:
    more = document(traceparent="00-1", data=document()["data"] | {"loyalty": {"points": [1]}})
    assert envelope.decode(json.dumps(more).encode(), [], NOW) == EVENT
    value, headers = envelope.to_binary(EVENT)
    headers += [("ce_partitionkey", b"\xff"), ("traceparent", b"00-1")]
    assert envelope.decode(value, headers, NOW) == EVENT


def test_a_header_without_a_value_is_as_good_as_none() -> None:
    headers: list[tuple[str, bytes | None]] = [("content-type", None), ("x-trace", None)]
    assert envelope.decode(envelope.encode(EVENT), headers, NOW) == EVENT
    value, binary_headers = binary({"content-type": None, "ce_subject": None})
    assert envelope.decode(value, binary_headers, NOW) == EVENT


@pytest.mark.parametrize("content_type", [b"application/json", b"application/vnd.shop+json;v=1"])
def test_data_may_be_of_any_kind_of_json(content_type: bytes) -> None:
    value, headers = binary({"content-type": content_type})
    assert envelope.decode(value, headers, NOW) == EVENT
    text = json.dumps(document(datacontenttype=content_type.decode())).encode()
    assert envelope.decode(text, STRUCTURED, NOW) == EVENT


def test_the_moment_keeps_its_meaning_whatever_the_offset() -> None:
    kyiv = NOW.astimezone(timezone(timedelta(hours=2)))
    text = json.dumps(document(time=kyiv.isoformat())).encode()
    assert envelope.decode(text, STRUCTURED, NOW).time == NOW


# Refusals


@pytest.mark.parametrize("value", [None, b""])
def test_a_tombstone_is_refused_as_empty(value: bytes | None) -> None:
    assert where(refusal(value)) == (RefusalCode.EMPTY, "")
    assert where(refusal(value, binary()[1])) == (RefusalCode.EMPTY, "")


def test_the_largest_event_is_read_and_one_byte_more_is_not() -> None:
    text = envelope.encode(EVENT)
    filled = text + b" " * (envelope.MAX_BYTES - len(text))
    assert envelope.decode(filled, STRUCTURED, NOW) == EVENT
    assert where(refusal(filled + b" ")) == (RefusalCode.TOO_LARGE, "")
    assert where(refusal(b"x" * 2 * 1024 * 1024)) == (RefusalCode.TOO_LARGE, "")


@pytest.mark.parametrize(
    "value",
    [
        b"order=A-1001",
        b"{",
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"specversion": NaN}',
        envelope.encode(EVENT) + b" {}",
    ],
)
def test_bytes_that_are_no_json_are_refused(value: bytes) -> None:
    assert where(refusal(value)) == (RefusalCode.NOT_JSON, "")


def test_text_that_is_no_utf_8_is_refused() -> None:
    latin = with_data(order_id="order").replace(b"order", b"\xe4rder")
    assert refusal(latin).code is RefusalCode.NOT_JSON


def test_a_lone_surrogate_is_refused() -> None:
    assert refusal(with_data(order_id="\ud800")).code is RefusalCode.NOT_JSON


@pytest.mark.parametrize("bracket", ["[", '{"a":'])
def test_endless_nesting_is_refused(bracket: str) -> None:
    text = envelope.encode(EVENT)
    nested = f'{{"x":{bracket * 20_000}'.encode() + b',"specversion"'
    assert refusal(text.replace(b'{"specversion"', nested, 1)).code is RefusalCode.NOT_JSON


def test_the_binary_mode_wants_data_that_is_json() -> None:
    value, headers = binary({"content-type": b"application/xml"})
    assert where(refusal(value, headers)) == (RefusalCode.BAD_ENVELOPE, "content-type")
    assert where(refusal(b"<a/>", binary()[1])) == (RefusalCode.NOT_JSON, "data")


def test_the_structured_mode_wants_data_that_is_json() -> None:
    text = json.dumps(document(datacontenttype="text/plain")).encode()
    assert where(refusal(text)) == (RefusalCode.BAD_ENVELOPE, "datacontenttype")


def test_data_as_base64_is_refused() -> None:
    text = json.dumps(document(data=..., data_base64="e30=")).encode()
    assert where(refusal(text)) == (RefusalCode.BAD_ENVELOPE, "data")


def test_a_batch_of_events_is_refused() -> None:
    headers: list[tuple[str, bytes | None]] = [
        ("content-type", b"application/cloudevents-batch+json")
    ]
    refused = refusal(json.dumps([document()]).encode(), headers)
    assert where(refused) == (RefusalCode.BAD_ENVELOPE, "")


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time"])
def test_an_attribute_that_is_missing_is_named(name: str) -> None:
    refused = refusal(json.dumps(document(**{name: ...})).encode())
    assert where(refused) == (RefusalCode.BAD_ENVELOPE, name)
    assert refused.problem == "required, but missing"


@pytest.mark.parametrize("name", ["id", "source", "type", "time"])
def test_a_header_that_is_missing_is_named(name: str) -> None:
    value, headers = binary({f"ce_{name}": None})
    assert where(refusal(value, headers)) == (RefusalCode.BAD_ENVELOPE, name)


def test_a_header_that_is_no_utf_8_is_named() -> None:
    value, headers = binary({"ce_source": b"\xff"})
    assert where(refusal(value, headers)) == (RefusalCode.BAD_ENVELOPE, "source")


@pytest.mark.parametrize("identity", ["", "e\n", "e\r\n1", "e\0", "x" * 201])
def test_an_id_that_would_not_fit_on_a_line_is_refused(identity: str) -> None:
    value, headers = binary({"ce_id": identity.encode()})
    assert where(refusal(value, headers)) == (RefusalCode.BAD_ENVELOPE, "id")


@pytest.mark.parametrize("version", ["0.3", "1", "1.0.2", ""])
def test_another_version_of_cloudevents_is_refused(version: str) -> None:
    text = json.dumps(document(specversion=version)).encode()
    assert where(refusal(text)) == (RefusalCode.BAD_ENVELOPE, "specversion")


@pytest.mark.parametrize("name", ["shop.order.placed", "shop.order.placed.v2", "ORDER", "x"])
def test_a_type_that_nobody_knows_is_refused(name: str) -> None:
    assert where(refusal(json.dumps(document(type=name)).encode())) == (
        RefusalCode.UNKNOWN_TYPE,
        "type",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"order_id": ...}, "data.order_id"),
        ({"order_id": 7}, "data.order_id"),
        ({"order_id": "A-1\n"}, "data.order_id"),
        ({"order_id": "A 1"}, "data.order_id"),
        ({"customer": {"name": "Олена"}}, "data.customer.id"),
        ({"customer": None}, "data.customer"),
        ({"total": {"amount": 12.5, "currency": "UAH"}}, "data.total.amount"),
        ({"total": {"amount": "١٢", "currency": "UAH"}}, "data.total.amount"),
        ({"total": {"amount": "12", "currency": "uah"}}, "data.total.currency"),
        ({"items": [{"name": "a"}, {"name": ""}]}, "data.items[1].name"),
        ({"order_url": "https://shop.example/\n"}, "data.order_url"),
        ({"order_url": "javascript:alert(1)"}, "data.order_url"),
        ({"pay_by": "2026-11-24T10:00:00"}, "data.pay_by"),
        ({"estimate": {"latest": "2026-02-30"}}, "data.estimate.latest"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, Any], field: str) -> None:
    assert where(refusal(with_data(**changes))) == (RefusalCode.BAD_DATA, field)


def test_a_refusal_never_repeats_what_stood_there() -> None:
    secret = "olena@example.com - at `$.order_id`"
    refused = refusal(with_data(payment=secret))
    assert where(refused) == (RefusalCode.BAD_DATA, "data.payment")
    assert "olena" not in str(refused)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "a\0b"}, "data.number"),
        ({"customer": {"id": "C-1", "name": "\0"}}, "data.customer.name"),
        ({"items": [{"name": "a"}, {"name": "b\0"}]}, "data.items[1].name"),
        ({"unknown": {"to us": ["a", {"x\0": 1}]}}, "data.unknown[1]"),
        ({"olena@example.com": "a\0b"}, "data"),
        ({"deep": [[[[[[[[[[[[[[["\0"]]]]]]]]]]]]]]]}, "data.deep" + 10 * "[0]"),
    ],
)
def test_a_character_that_no_database_keeps_is_refused_and_its_field_named(
    changes: dict[str, Any], field: str
) -> None:
    assert where(refusal(with_data(**changes))) == (RefusalCode.BAD_DATA, field)


def test_that_character_is_named_in_an_attribute_and_in_the_binary_mode_as_well() -> None:
    text = json.dumps(document(id="e\0")).encode()
    assert where(refusal(text)) == (RefusalCode.BAD_ENVELOPE, "id")
    value, headers = envelope.to_binary(envelope.decode(with_data(number="N0"), STRUCTURED, NOW))
    with pytest.raises(EventRefusedError) as refused:
        envelope.decode(value.replace(b"N0", rb"\u0000"), headers, NOW)
    assert where(refused.value) == (RefusalCode.BAD_DATA, "data.number")


def test_that_character_written_out_is_six_others() -> None:
    assert envelope.decode(with_data(number=r"a\u0000b"), [], NOW).data.number == r"a\u0000b"


def test_what_is_no_json_is_refused_as_such_whatever_it_holds() -> None:
    assert refusal(rb'{"id": "\u0000"').code is RefusalCode.NOT_JSON
    assert refusal(b"[" * 5000 + rb'"\u0000"' + b"]" * 5000).code is RefusalCode.NOT_JSON


DATES = [
    ("1970-01-01T00:00:00Z", False),
    ("2014-12-31T23:59:59Z", False),
    ("2015-01-01T00:00:00Z", True),
    ("2200-01-01T00:00:00Z", False),
    ("0001-01-01T00:00:00+14:00", False),
    ("9999-12-31T23:59:59-12:00", False),
]


@pytest.mark.parametrize(
    ("moment", "fine"),
    [*DATES, ("2026-11-25T12:00:00Z", True), ("2026-11-25T12:00:01Z", False)],
)
def test_an_event_happened_since_2015_and_at_most_a_day_from_now(moment: str, fine: bool) -> None:
    text = json.dumps(document(time=moment)).encode()
    if fine:
        assert envelope.decode(text, STRUCTURED, NOW).time == datetime.fromisoformat(moment)
    else:
        assert where(refusal(text)) == (RefusalCode.BAD_DATE, "time")


@pytest.mark.parametrize(("moment", "fine"), [*DATES, ("2029-11-01T00:00:00Z", True)])
def test_a_promise_is_at_most_three_years_from_now(moment: str, fine: bool) -> None:
    day = moment[:10]
    texts = {
        "data.dispatch_by": with_data(dispatch_by=moment),
        "data.estimate.latest": with_data(estimate={"latest": day}),
        "data.estimate.earliest": with_data(estimate={"latest": "2026-11-24", "earliest": day}),
    }
    for field, text in texts.items():
        if fine:
            assert envelope.decode(text, STRUCTURED, NOW).data.order_id == "A-1001"
        else:
            assert where(refusal(text)) == (RefusalCode.BAD_DATE, field)


def test_a_consent_of_the_far_future_is_refused_for_it_would_outrank_every_later_word() -> None:
    def consent(year: int) -> Consent:
        return Consent(
            channel=Channel.SMS,
            message_class=MessageClass.MARKETING,
            granted=True,
            at=datetime(year, 1, 1, tzinfo=UTC),
            source="checkout",
        )

    updated = CustomerUpdated(customer_id="C-204", consents=(consent(2020), consent(2200)))
    text = envelope.encode(envelope.make("https://shop.example", "e-2", NOW, updated))
    assert where(refusal(text)) == (RefusalCode.BAD_DATE, "data.consents[1].at")


@given(
    st.binary(max_size=60),
    st.lists(
        st.tuples(
            st.sampled_from(["content-type", "ce_specversion", "ce_id", "ce_time", "ce_type", "x"]),
            st.none() | st.binary(max_size=20) | st.sampled_from([b"1.0", b"application/json"]),
        )
    ),
)
def test_no_record_of_any_bytes_ends_in_anything_but_a_refusal(
    value: bytes, headers: list[tuple[str, bytes | None]]
) -> None:
    with pytest.raises(EventRefusedError):
        envelope.decode(value, headers, NOW)


# Topics and keys


def test_a_type_on_the_wrong_topic_is_refused() -> None:
    envelope.expect_topic(EVENT, Topic.ORDERS)
    with pytest.raises(EventRefusedError) as refused:
        envelope.expect_topic(EVENT, Topic.PAYMENTS)
    assert where(refused.value) == (RefusalCode.WRONG_TOPIC, "type")
    assert refused.value.problem == "expected on shop.orders"


def test_an_order_event_is_keyed_by_its_order() -> None:
    assert envelope.key_of(EVENT) == b"A-1001"


@each("event_type", EVENT_TYPES)
def test_the_key_is_never_missing(event_type: EventType) -> None:
    cls: Any = event_type.data
    for name in event_type.key.split("."):
        field = {field.name: field for field in msgspec.structs.fields(cls)}[name]
        assert field.required
        cls = field.type


def test_an_event_takes_its_type_from_its_data() -> None:
    assert BY_NAME[EVENT.type].data is OrderPlaced
