"""What is found of somebody in a dump, in whatever form it lies there."""

import base64
import hashlib
import json
from urllib.parse import quote

import pytest

from tests.support.in_clear import in_clear

MAIL, NAME, PHONE = "anna.q7@mark.example", "Анна-Зоя", "+380671230077"
MARKS = [MAIL, NAME, PHONE]


@pytest.mark.parametrize(
    "text",
    [
        f"550 5.1.1 <{MAIL}> unknown",
        MAIL.upper(),
        f"{{email:{MAIL},sms:x}}",
        quote(MAIL, safe=""),
        MAIL.replace("@", "&#64;"),
        MAIL.encode().hex(),
        f"..{base64.b64encode(MAIL.encode()).decode()}",
        base64.urlsafe_b64encode(f"a{MAIL}b".encode()).decode(),
        base64.b64encode(f"ab{MAIL}c".encode()).decode(),
        hashlib.sha256(MAIL.encode()).hexdigest(),
        hashlib.md5(f"email:{MAIL}".encode(), usedforsecurity=False).hexdigest(),
        json.dumps({"name": NAME}),
        json.dumps({"name": NAME}, ensure_ascii=False),
        NAME.upper(),
        quote(NAME),
        PHONE,
        "380671230077",
        "067 123 00 77",
        "+380 (67) 123-00-77",
    ],
)
def test_it_is_found(text: str) -> None:
    assert in_clear({"table.column": ["nothing", text]}, MARKS) == {"table.column"}


@pytest.mark.parametrize(
    "text", ["a***@mark.example", "+380*******77", "067123007", "671230078", "anna", ""]
)
def test_what_is_nobodys_is_not(text: str) -> None:
    assert in_clear({"table.column": [text]}, MARKS) == set()
