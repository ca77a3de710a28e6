"""The mail that Celery sends beside ours."""

import email
import email.policy
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from bench.load import SHOP
from bench.mails import SHOPS, requests, write_mail
from bench.peers.plain_mail import PlainMail


@pytest.fixture(scope="module")
def data() -> Mapping[str, Any]:
    record = next(requests(1, ""))
    assert record.value is not None
    return msgspec.json.decode(record.value)["data"]  # type: ignore[no-any-return]


def test_it_is_as_large_as_ours_and_says_the_same(data: Mapping[str, Any]) -> None:
    content = PlainMail.of(SHOPS, SHOP).write(data).as_bytes()
    ours = write_mail().read_bytes()
    assert 0.9 < len(content) / len(ours) < 1.1
    texts = []
    for each in (content, ours):
        read = email.message_from_bytes(each, policy=email.policy.default)
        body = read.get_body(("plain",))
        assert body is not None
        assert read["subject"] == "Замовлення O-0 підтверджено"
        texts.append({line.strip() for line in body.get_content().splitlines() if line})
    assert {"- Чашка: 2 × 350,00 ₴", "Разом: 2 499,00 ₴"} <= {
        line.replace("\xa0", " ") for line in texts[0] & texts[1]
    }
