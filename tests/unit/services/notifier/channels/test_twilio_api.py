"""To which of our senders somebody wrote."""

import pytest

from services.notifier.channels import PRIMARY, SECONDARY, TwilioAccount
from services.notifier.channels.twilio_api import senders_of

NUMBER, OTHER, CODE = "+15005550006", "+15005550009", "12345"
SERVICE = "MG" + "0" * 32


def _account(sender: str, sid: str = "AC1") -> TwilioAccount:
    return TwilioAccount(sid=sid, auth_token="token", sender=sender)


@pytest.mark.parametrize(
    ("sender", "to", "is_it"),
    [
        (NUMBER, NUMBER, True),
        (NUMBER, OTHER, False),
        (CODE, CODE, True),
        (CODE, NUMBER, False),
        (SERVICE, OTHER, True),
        ("Lavka", NUMBER, False),
    ],
    ids=[
        "a number",
        "another number of the account",
        "a short code",
        "a short code is not every number",
        "a service has any number",
        "nobody writes to a name",
    ],
)
def test_who_is_written_to(sender: str, to: str, is_it: bool) -> None:
    assert senders_of({PRIMARY: _account(sender)}, "AC1", to) == ([PRIMARY] if is_it else [])


def test_of_two_accounts_the_one_that_twilio_names_is_written_to() -> None:
    accounts = {PRIMARY: _account(SERVICE), SECONDARY: _account(SERVICE, "AC2")}
    assert senders_of(accounts, "AC2", NUMBER) == [SECONDARY]
