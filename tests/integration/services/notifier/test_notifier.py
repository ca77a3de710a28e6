"""From a request on Kafka to a message at a sender, and to the outcome on Kafka."""

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import OutcomeStatus
from tests.support.notifier import Rig, requested


async def test_a_request_becomes_a_message_and_an_outcome(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1"))
        [outcome] = await rig.outcomes(1)
    [mail] = rig.senders.email.sent
    assert mail.to == "oksana@mail.example"
    assert outcome.request_id == "r1"
    assert outcome.notification_id == "r1.0"
    assert outcome.status is OutcomeStatus.SENT
    assert outcome.channel is Channel.EMAIL
    assert outcome.language == "uk"
    assert outcome.provider_ref == "memory-1"
    assert await rig.states() == {"r1.0": "sent"}
