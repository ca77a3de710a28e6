"""What the bot does about what came, given what is known: one function. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from headsup.contracts.notifications import Reason
from services.notifier.bot.known import (
    ANSWERED_AT_MOST,
    HANDED_ON_AT_MOST,
    CallHuman,
    ComeBack,
    Decision,
    HandOn,
    Known,
    Leave,
    Link,
    Order,
    Owner,
    Saying,
    Speak,
    Speech,
    Talk,
    digest_of,
)
from services.notifier.bot.meaning import Meaning, Meant, names
from services.notifier.bot.saying import (
    HUMAN,
    LANGUAGE,
    ORDER,
    ORDERS,
    SHOP,
    help_of,
    human_button,
    human_called,
    listed,
    orders_button,
    reachable,
    said,
    told,
)
from services.notifier.bot.updates import Came, Group, Member, Pressed, Wrote
from services.notifier.render.clean import clean
from services.notifier.rendered import Button

MOST_LISTED: Final = 8
"""Orders that are listed at once, the newest."""
_LONGEST_NAME: Final = 60


def decide(came: Came, meaning: Meaning, known: Known, speech: Speech, now: datetime) -> Decision:
    """What is done and said. `meaning`: of what somebody wrote."""
    match came:
        case Group():
            return Decision(says=[said(speech.words.alone)])
        case Member(has_left=True):
            return Decision(effects=[Leave(Reason.BLOCKED)] if known.owners else [])
        case Wrote(text=text):
            return _Answer(known, speech, now).wrote(text, meaning)
        case Pressed(data=data):
            return _Answer(known, speech, now).pressed(data)
    return Decision()


class _Answer:
    """To one person, now."""

    def __init__(self, known: Known, speech: Speech, now: datetime) -> None:
        self._known = known
        self._speech = speech
        self._words = speech.words
        self._now = now

    def wrote(self, text: str, meaning: Meaning) -> Decision:
        talk = self._talk
        if talk is not None and not meaning.is_command:
            return self._for_a_person(talk, text)
        if (flood := self._flood()) is not None:
            # Whoever wants no more is heard, and answered no more than others.
            is_end = meaning.meant is Meant.STOP
            return replace(self._stop(), says=flood.says) if is_end else flood
        if meaning.meant is Meant.START:
            return self._linking() if meaning.rest else self._started()
        asked = {
            Meant.ORDERS: self._orders,
            Meant.HUMAN: self._human,
            Meant.STOP: self._stop,
            Meant.LANGUAGE: self._languages,
        }.get(meaning.meant)
        return asked() if asked else Decision(says=[self._small_talk(text, meaning.meant)])

    def pressed(self, data: str) -> Decision:
        if self._known.lately > ANSWERED_AT_MOST:
            return Decision(toast=self._words.slow)
        if data == ORDERS:
            return self._orders()
        if data == HUMAN or self._known.under is not None:
            return self._human()
        for prefix, answer in ((ORDER, self._one), (SHOP, self._human), (LANGUAGE, self._spoken)):
            if data.startswith(prefix):
                return answer(data.removeprefix(prefix))
        return Decision(toast=self._words.press_unknown)

    @property
    def _talk(self) -> Talk | None:
        talk = self._known.talk
        return talk if talk is not None and talk.is_open(self._now) else None

    def _flood(self) -> Decision | None:
        """Whoever writes too much is told so once, and then not answered for a while."""
        if self._known.lately <= ANSWERED_AT_MOST:
            return None
        is_first = self._known.lately == ANSWERED_AT_MOST + 1
        return Decision(says=[said(self._words.slow)] if is_first else [])

    def _for_a_person(self, talk: Talk, text: str) -> Decision:
        """The bot stays out of the way."""
        if not text:
            return self._flood() or Decision(says=[said(self._words.text_only)])
        if self._known.lately > HANDED_ON_AT_MOST:
            is_first = self._known.lately == HANDED_ON_AT_MOST + 1
            return Decision(says=[said(self._words.slow)] if is_first else [])
        return Decision(effects=[HandOn(talk, text)])

    def _linking(self) -> Decision:
        """By a deep link. Whatever is wrong with it, the same is said: who guesses learns nothing.
        Whoever follows their own link again is told what is."""
        token, words = self._known.token, self._words
        if token is None or not (token.opens(self._now) or self._is_ours(token.owner)):
            return Decision(says=[said(words.link_bad)])
        name = clean(token.owner.name, _LONGEST_NAME) if token.owner.name else ""
        shop = token.owner.shop
        lines = [words.hello.format(name=name)] if name else []
        lines.append(words.linked.format(shop=shop.name))
        says = [said("\n\n".join(lines), source=shop.source)]
        theirs = [order for order in self._known.orders or () if _is_of(order, token.owner)]
        asked = [order for order in theirs if order.view.order_id == token.order_id] or theirs
        if asked:
            says.append(self._told(asked[0]))
        else:
            says[0] = said("\n\n".join(lines), orders_button(self._speech), source=shop.source)
        effects = [Link(token)] if token.opens(self._now) else []
        return Decision(says=says, effects=effects)

    def _is_ours(self, owner: Owner) -> bool:
        return any(
            (each.source, each.customer_id) == (owner.source, owner.customer_id)
            for each in self._known.owners
        )

    def _started(self) -> Decision:
        if not self._known.owners:
            return replace(self._unknown(), effects=[ComeBack()])
        left = {owner.shop.name for owner in self._known.owners if owner.has_left}
        again = [self._words.here_again.format(shop=", ".join(sorted(left)))] if left else []
        text = "\n\n".join((*again, help_of(self._speech)))
        buttons = (orders_button(self._speech), human_button(self._speech))
        return Decision(says=[said(text, *buttons)], effects=[ComeBack()] if left else [])

    def _unknown(self) -> Decision:
        """To whoever we do not know."""
        return Decision(says=[said(self._words.how_to_link)])

    def _orders(self) -> Decision:
        orders = self._known.orders
        if not self._known.owners:
            return self._unknown()
        if orders is None:
            return Decision(says=[said(self._words.later, human_button(self._speech))])
        if not orders:
            return Decision(says=[said(self._words.orders_none, human_button(self._speech))])
        if len(orders) == 1:
            return Decision(says=[self._told(orders[0])])
        newest = orders[:MOST_LISTED]
        return Decision(says=[listed(newest, self._shops, self._speech)])

    def _one(self, press: str) -> Decision:
        """The order of a button: one of their own, or none."""
        if self._known.orders is None:
            return Decision(says=[said(self._words.later, human_button(self._speech))])
        found = [order for order in self._known.orders if order.press == press]
        if not found:
            return Decision(toast=self._words.press_unknown)
        return Decision(says=[self._told(found[0])])

    def _told(self, order: Order) -> Saying:
        return told(order, self._shops, self._speech, self._now)

    @property
    def _shops(self) -> dict[str, str]:
        return {source: shop.name for source, shop in self._known.shops.items()}

    def _human(self, wanted: str | None = None) -> Decision:
        """To a person of the shop that is meant: by the message under which it was pressed, by its
        name, or because there is only one."""
        under, owners = self._known.under, self._known.owners
        if under is not None:
            owners = tuple(
                one
                for one in owners
                if (one.source, one.customer_id) == (under.source, under.customer_id)
            )
        if wanted is not None:
            owners = tuple(one for one in owners if digest_of(one.source) == wanted)
        if not owners:
            return self._nobody(is_press=under is not None or wanted is not None)
        if len({owner.source for owner in owners}) > 1:
            return Decision(says=[self._which_shop(owners)])
        return self._called(owners, under.order_id if under else None)

    def _called(self, owners: Sequence[Owner], order_id: str | None) -> Decision:
        owner, talk = owners[0], self._talk
        if talk is not None and talk.shop.source == owner.source:
            text = self._words.human_already.format(shop=owner.shop.name)
            return Decision(says=[said(text, source=owner.source)])
        if order_id is None:
            order_id, owner = self._asked_about(owners)
        says = [human_called(owner.shop, self._speech)]
        return Decision(says=says, effects=[CallHuman(owner, order_id)])

    def _asked_about(self, owners: Sequence[Owner]) -> tuple[str | None, Owner]:
        """The order that it is most likely about: the only one that is not over."""
        theirs = [
            (order, owner)
            for order in self._known.orders or ()
            for owner in owners
            if _is_of(order, owner)
        ]
        if not theirs:
            return None, owners[0]
        is_open = [pair for pair in theirs if pair[0].view.standing is not None]
        order, owner = (is_open or theirs)[0]
        return (order.view.order_id if len(is_open or theirs) == 1 else None), owner

    def _nobody(self, *, is_press: bool) -> Decision:
        """Nobody can be called for somebody whom we do not know."""
        if is_press:
            return Decision(toast=self._words.press_unknown)
        shops = list(self._known.shops.values())
        if len(shops) != 1:
            return self._unknown()
        contacts = reachable(shops[0], self._speech)
        return Decision(says=[said(self._words.human_unlinked.format(contacts=contacts))])

    def _which_shop(self, owners: Sequence[Owner]) -> Saying:
        shops = {owner.source: owner.shop.name for owner in owners}
        rows = [
            (Button(label=name, url="", press=SHOP + digest_of(source)),)
            for source, name in shops.items()
        ]
        return said(self._words.human_which, *rows)

    def _stop(self) -> Decision:
        owners = self._known.owners
        if not owners:
            return Decision(says=[said(self._words.stopped_nowhere)])
        shops = ", ".join(sorted({owner.shop.name for owner in owners}))
        text = self._words.stopped.format(shop=shops)
        return Decision(says=[said(text)], effects=[Leave(Reason.OPTED_OUT)])

    def _languages(self) -> Decision:
        rows = [
            (Button(label=words.name, url="", press=LANGUAGE + code),)
            for code, words in sorted(self._speech.others.items())
        ]
        return Decision(says=[said(self._words.language_which, *rows)])

    def _spoken(self, code: str) -> Decision:
        words = self._speech.others.get(code)
        if words is None:
            return Decision(toast=self._words.press_unknown)
        return Decision(says=[said(words.language_done)], effects=[Speak(code)])

    def _small_talk(self, text: str, meant: Meant) -> Saying:
        """What asks for nothing, or for something that we cannot make out."""
        buttons = (orders_button(self._speech), human_button(self._speech))
        named = [o for o in self._known.orders or () if names(text, o.view.number)]
        match meant:
            case _ if len(named) == 1:
                return self._told(named[0])
            case Meant.HELP:
                return said(help_of(self._speech), *buttons)
            case Meant.THANKS:
                return said(self._words.welcome)
            case Meant.NO_TEXT:
                return said(self._words.text_only, *buttons)
        if not self._known.owners:
            return said(self._words.how_to_link)
        return said(self._words.not_understood, *buttons)


def _is_of(order: Order, owner: Owner) -> bool:
    return (order.view.source, order.customer_id) == (owner.source, owner.customer_id)
