"""What still waits to be sent and names a parcel's old number is said anew with the new one."""

import msgspec

from headsup.contracts.carriers import carrier_key
from services.order_events.facts import Shipment
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict
from services.order_events.rules.parcels import SHIPMENT, shipment_of
from services.order_events.rules.wording import may_be_reworded
from services.order_events.told import AGAIN, Statement, without_again


def with_its_number(rule: Rule) -> Rule:
    """A rule about parcels whose message never leaves with a carrier or a number that are no longer
    true: under that number nobody finds the parcel, and they are written once, when the message is
    asked for. What went out is corrected by a message of its own, `shipment.tracking_changed`; also
    what turns out to have gone out after it was worded anew, and then the new words are not sent.
    """

    def judge(case: Case, subject: str) -> Verdict:
        verdict = rule.judge(case, subject)
        if not isinstance(verdict, Announce) or not subject.startswith(SHIPMENT):
            return verdict
        said = _said(case, rule, subject, verdict.version)
        if not said or not may_be_reworded(said[0], case.now):
            return verdict
        if any(each.heard for each in said):
            return Overtaken(None, until=verdict.until)
        if not names_another(said[0], shipment_of(case.facts, subject)):
            return verdict
        return msgspec.structs.replace(verdict, version=said[0].version + AGAIN)

    return Rule(rule.kind, rule.subjects, judge, only_in_silence=rule.only_in_silence)


def names_another(said: Statement, shipment: Shipment) -> bool:
    """Whether it names another carrier or number than the parcel has. What it did not name did not
    change."""
    carrier = shipment.carrier.value if shipment.carrier else None
    number = shipment.tracking_number.value if shipment.tracking_number else None
    is_other_carrier = said.carrier and carrier and not is_same_carrier(said.carrier, carrier)
    is_other_number = said.tracking_number and number and said.tracking_number != number
    return bool(is_other_carrier or is_other_number)


def is_same_carrier(one: str, other: str) -> bool:
    """Whether two names are of one carrier."""
    return carrier_key(one) == carrier_key(other)


def _said(case: Case, rule: Rule, subject: str, version: str) -> list[Statement]:
    """How often this was asked to be said, the newest first."""
    return [
        said
        for _, said in case.told.newest_first()
        if said.kind is rule.kind
        and said.subject == subject
        and said.first_version == without_again(version)
    ]
