"""Carts that were left: who is reminded, and what it brings."""

from typing import Final

from deploy.dashboards.board import Board, Choice, Row
from deploy.dashboards.panels import BAD, GOOD, About, Ask, Look, counted, grown, lines, number

_IN: Final = 'shop=~"$shop"'
_RECOVERED: Final = "headsup_carts_recovered_total"
_REMINDED: Final = "headsup_carts_reminded_total"
_WERE_REMINDED: Final = grown(f"{_REMINDED}{{{_IN}}}", "", "7d")
_ORDERED: Final = grown(f"{_RECOVERED}{{{_IN}}}", "", "7d")
_NUMBER: Final = Look(unit="short", width=5, height=5, decimals=0)
_LINE: Final = Look(unit="short", width=12)

_WEEK: Final = Row(
    title="What it brings",
    panels=(
        number(
            About(
                title="Carts open now",
                normal="what your shops have: touched a moment ago, left, or reminded of.",
                do="0 while people shop: does the shop tell us of carts?",
            ),
            _NUMBER.but(width=4),
            Ask('sum(headsup_carts{stage=~"active|idle|reminded"})'),
        ),
        number(
            About(
                title="Reminders sent, 7 d",
                normal="people who agreed to marketing, and left something.",
                do="fewer than before: “Not sent on purpose”, of the channels, says why.",
            ),
            _NUMBER,
            Ask(_WERE_REMINDED),
        ),
        number(
            About(
                title="Orders after one, 7 d",
                normal="a few of 100 reminders.",
                do="none for days: do orders name their cart?",
            ),
            _NUMBER,
            Ask(_ORDERED),
        ),
        number(
            About(
                title="Reminded, and ordered, 7 d",
                normal="a few of 100.",
                do="compare the steps below: a second reminder may bring nothing.",
            ),
            _NUMBER.but(unit="percentunit", decimals=1, if_nothing="nobody reminded"),
            Ask(f"({_ORDERED}) / (({_WERE_REMINDED}) > 0)"),
        ),
        number(
            About(
                title="Worth of these, 7 d",
                normal="counted in the currency of the order.",
                do="it is the whole value of the orders, not what was earned.",
            ),
            _NUMBER.but(if_nothing="nothing yet"),
            Ask(
                counted(f"headsup_carts_recovered_value_total{{{_IN}}}", "currency", "7d"),
                "{{currency}}",
            ),
        ),
    ),
)

_GOES: Final = Row(
    title="How it goes",
    panels=(
        lines(
            About(
                title="Carts, by where they stand",
                normal="most are `active` or `idle`, then `ordered` or `expired`.",
                do="`idle` grows and nobody is reminded: see “Is anything in the way?”.",
                runbooks=("HeadsupRemindersWait",),
            ),
            _LINE,
            Ask("sum by (stage) (headsup_carts)", "{{stage}}"),
            stacked=True,
        ),
        lines(
            About(
                title="Reminders an hour",
                normal="asked for, and nearly as many that went out. Some are taken back, because "
                "people bought.",
                do="asked for and not gone out: the reasons are on the dashboard of the channels.",
            ),
            _LINE,
            Ask(
                f"sum(rate(headsup_cart_reminders_requested_total{{{_IN}}}[15m])) * 3600",
                "asked for",
            ),
            Ask(f"sum(rate({_REMINDED}{{{_IN}}}[15m])) * 3600", "went out"),
            Ask(
                f"sum(rate(headsup_cart_reminders_withdrawn_total{{{_IN}}}[15m])) * 3600",
                "taken back",
            ),
        ),
        lines(
            About(
                title="Orders after a reminder in an hour, by step",
                normal="most after the first.",
                do="a step that brings nothing can be left out in the shop's profile.",
            ),
            _LINE,
            Ask(grown(f"{_RECOVERED}{{{_IN}}}", "step", "1h"), "step {{step}}"),
            stacked=True,
        ),
        lines(
            About(
                title="From the moment to remind until it is asked for",
                normal="95 of 100 within seconds; after a restart or a backlog longer.",
                do="hours: cart_recovery was away, or waits for older events.",
                runbooks=("HeadsupRemindersWait", "HeadsupCartsAwayFromKafka"),
            ),
            _LINE.but(unit="s", by_powers=True),
            Ask(
                "histogram_quantile(0.95, sum by (le) "
                "(rate(headsup_cart_reminder_age_seconds_bucket[15m])))",
                "95 of 100 within",
            ),
        ),
        number(
            About(
                title="Is anything in the way?",
                normal="no, four times.",
                do="each has a runbook.",
                runbooks=(
                    "HeadsupRemindersWait",
                    "HeadsupCartsAwayFromKafka",
                    "HeadsupLineStopped",
                    "HeadsupNameTwice",
                ),
            ),
            _LINE.but(height=5, words={0: ("no", GOOD), 1: ("yes", BAD)}),
            Ask("max(headsup_cart_recovery_waits)", "older events unread"),
            Ask("max(headsup_cart_recovery_kafka_away)", "Kafka away"),
            Ask("max(headsup_cart_recovery_line_stopped)", "line stopped"),
            Ask("max(headsup_cart_recovery_places_lost > bool 1)", "two of one name"),
        ),
        lines(
            About(
                title="How long a tick takes",
                normal="milliseconds: it costs what is due.",
                do="seconds: more replicas, or a slow Kafka.",
            ),
            _LINE.but(unit="s", height=5),
            Ask(
                "histogram_quantile(0.95, sum by (le) "
                "(rate(headsup_cart_recovery_tick_seconds_bucket[5m])))",
                "95 of 100 within",
            ),
        ),
    ),
)

BOARD: Final = Board(
    name="carts",
    title="Carts",
    about="Carts that were left: who is reminded of them, and what that brings.",
    rows=(_WEEK, _GOES),
    choices=(Choice(label="shop", of=_REMINDED),),
    since="now-24h",
)
