"""What is heard in a flood: that somebody wants no more, whatever else they do."""

from collections.abc import Sequence

import pytest
from prometheus_client import CollectorRegistry

from services.notifier.answer_metrics import AnswerMetrics
from services.notifier.bot.desk import TelegramDesk
from services.notifier.bot.flood import MOST_A_MINUTE, Flood
from services.notifier.bot.metrics import BotMetrics
from services.notifier.bot.queue import BotQueue, Broken, Done, Result, Word
from services.notifier.bot.updates import Came, Member, Wrote
from services.notifier.brought import BrokenError, NotTakenError
from services.notifier.channels.telegram_buttons import MemoryButtons
from services.notifier.render import Renderer
from services.notifier.replies import Replies
from services.notifier.voices import Voices

VOICES = Voices(Renderer.load())
BLOCKED, BACK = (Member(update_id=1, chat=42, has_left=has_left) for has_left in (True, False))


def _wrote(text: str) -> Wrote:
    return Wrote(update_id=1, chat=42, text=text, message_id=1)


CHATTER, STOP = _wrote("агов"), _wrote("/stop")


class _Queue(BotQueue):
    """Remembers what it was brought."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Word] = []
        self.is_away = self.is_broken = False

    async def take(self, word: Word) -> Done:
        """Takes it, unless it cannot be written now."""
        if self.is_broken and not isinstance(word, Broken):
            raise BrokenError
        if self.is_away:
            raise NotTakenError
        self.heard.append(word)
        return Done(result=Result.HEARD)


async def _flooded() -> tuple[TelegramDesk, _Queue]:
    """A desk in the middle of a flood."""
    registry, queue = CollectorRegistry(), _Queue()
    desk = TelegramDesk(
        replies=Replies(),
        bot=queue,
        buttons=MemoryButtons(),
        voices=VOICES,
        answers=AnswerMetrics(registry),
        metrics=BotMetrics(registry),
        stop=None,
        flood=Flood(lambda: 0.0),
    )
    for _ in range(MOST_A_MINUTE + 1):
        await desk.hear(CHATTER)
    assert len(queue.heard) == MOST_A_MINUTE
    queue.heard.clear()
    return desk, queue


@pytest.mark.parametrize("came", [STOP, _wrote("стоп"), BLOCKED, BACK])
async def test_it_is_heard_in_the_worst_flood(came: Came) -> None:
    desk, queue = await _flooded()
    await desk.hear(came)
    assert queue.heard == [came]


@pytest.mark.parametrize(
    "ends", [[BLOCKED, BACK] * 200, [STOP, BLOCKED] * 200], ids=["back and forth", "both"]
)
async def test_however_often_it_changes(ends: Sequence[Came]) -> None:
    desk, queue = await _flooded()
    for each in ends:
        await desk.hear(each)
    assert queue.heard == ends


async def test_once_it_is_committed_the_same_says_nothing_new() -> None:
    desk, queue = await _flooded()
    for _ in range(300):
        await desk.hear(STOP)
    assert queue.heard == [STOP]


async def test_what_could_not_be_written_is_heard_when_it_is_brought_again() -> None:
    desk, queue = await _flooded()
    queue.is_away = True
    for _ in range(300):
        with pytest.raises(NotTakenError):
            await desk.hear(BLOCKED)
    queue.is_away = False
    await desk.hear(BLOCKED)
    assert queue.heard == [BLOCKED]


async def test_what_broke_was_not_heard_and_is_when_it_is_said_again() -> None:
    desk, queue = await _flooded()
    queue.is_broken = True
    await desk.hear(STOP)
    assert queue.heard == [Broken(STOP)]
    queue.is_broken = False
    await desk.hear(STOP)
    assert queue.heard == [Broken(STOP), STOP]
