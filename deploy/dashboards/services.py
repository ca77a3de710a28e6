"""The services, and the Kafka and the database behind them."""

from typing import Final

from deploy.dashboards import figures
from deploy.dashboards.board import Board, Row
from deploy.dashboards.panels import BAD, GOOD, About, Ask, Limits, Look, grown, lines, number

_ORDERS: Final = "headsup_order_events"
_NOTIFIER: Final = "headsup_notifier"
_CARTS: Final = "headsup_cart_recovery"
_BOTH: Final = (("order_events", _ORDERS), ("notifier", _NOTIFIER))
_ALL: Final = (*_BOTH, ("cart_recovery", _CARTS))
_STATE: Final = Look(unit="short", width=8, height=4)
_LINE: Final = Look(unit="short", width=8)

_THERE: Final = Row(
    title="Are they there?",
    panels=(
        number(
            About(
                title="Replicas that answer",
                normal="as many as you started.",
                do="none: nobody reads what the shop says. Look at the pods.",
                runbooks=("HeadsupServiceAbsent",),
            ),
            _STATE.but(limits=Limits(warn=1, few_are_bad=True), if_nothing="none", decimals=0),
            *(Ask(f"count({name}_line_stopped) or vector(0)", service) for service, name in _ALL),
        ),
        number(
            About(
                title="Do they read?",
                normal="yes. Too many records in a row that cannot be understood stop a line, "
                "until somebody has looked.",
                do="the log says which records. It goes on when it is started again.",
                runbooks=("HeadsupLineStopped",),
            ),
            _STATE.but(words={0: ("yes", GOOD), 1: ("stopped", BAD)}),
            *(Ask(f"max({name}_line_stopped)", service) for service, name in _ALL),
        ),
        number(
            About(
                title="Does Kafka take what they say?",
                normal="yes, each.",
                do="what was decided waits in the database, or in the carts, until it does.",
                runbooks=("HeadsupOutboxStuck", "HeadsupCartsAwayFromKafka"),
            ),
            _STATE.but(words={0: ("yes", GOOD), 1: ("no", BAD)}),
            Ask(f"max({_ORDERS}_outbox_left_records > bool 0)", "order_events"),
            Ask(f"max({_NOTIFIER}_outbox_left_records > bool 0)", "notifier"),
            Ask(f"max({_CARTS}_kafka_away)", "cart_recovery"),
        ),
    ),
)

_KAFKA: Final = Row(
    title="Kafka",
    panels=(
        lines(
            About(
                title="Records that wait for order_events",
                normal="near 0; a hill after a restart that goes down again.",
                do="it grows: more replicas, up to the number of partitions, or a slow database.",
                runbooks=("HeadsupLagGrows", "HeadsupPartitionsBehind"),
            ),
            _LINE.but(limits=Limits(bad=figures.ORDERS_LAG)),
            Ask(f"sum by (topic) ({_ORDERS}_lag_records)", "{{topic}}"),
        ),
        lines(
            About(
                title="Records that wait for the notifier",
                normal="near 0. Reminders may wait behind a campaign; news may not.",
                do="it grows: more replicas, or a slow database. A provider that is away does not "
                "show here: the notifier reads on.",
                runbooks=("HeadsupLagGrows",),
            ),
            _LINE.but(limits=Limits(bad=figures.NOTIFIER_LAG)),
            Ask(f"sum by (topic) ({_NOTIFIER}_lag_records)", "{{topic}}"),
        ),
        lines(
            About(
                title="Records that wait for cart_recovery",
                normal="near 0. After a restart it reads its table first.",
                do="it grows: more replicas.",
                runbooks=("HeadsupLagGrows",),
            ),
            _LINE.but(limits=Limits(bad=figures.CARTS_LAG)),
            Ask(f"sum by (topic) ({_CARTS}_lag_records)", "{{topic}}"),
        ),
        lines(
            About(
                title="Events read a second",
                normal="what your shop does at this hour.",
                do="0 at an hour that has some: does the shop write to Kafka?",
                runbooks=("HeadsupServiceAbsent", "HeadsupLineStopped"),
            ),
            _LINE,
            *(Ask(f"sum(rate({name}_consumed_total[5m]))", service) for service, name in _ALL),
        ),
        lines(
            About(
                title="Since a replica last asked Kafka for records",
                normal="seconds. What Kafka does not answer does not count.",
                do="the replica stands still, or Kafka does not answer it: its log, and Kafka's.",
                runbooks=("HeadsupReplicaStands", "HeadsupServiceStands"),
            ),
            _LINE.but(unit="s", limits=Limits(bad=figures.STANDS)),
            *(
                Ask(f"time() - min({name}_last_poll_timestamp_seconds > 0)", service)
                for service, name in _ALL
            ),
        ),
        lines(
            About(
                title="Left in the outbox, and swept from it later",
                normal="0 left. Some are swept after a process was killed.",
                do="some stay: Kafka takes nothing from us.",
                runbooks=("HeadsupOutboxStuck", "HeadsupRecordsRefused"),
            ),
            _LINE,
            *(
                Ask(f"max({name}_outbox_left_records)", f"{service}, left")
                for service, name in _BOTH
            ),
            *(
                Ask(f"sum(increase({name}_outbox_swept_total[5m]))", f"{service}, swept")
                for service, name in _BOTH
            ),
        ),
    ),
)

_DATABASE: Final = Row(
    title="The database, and our own work",
    panels=(
        lines(
            About(
                title="From a batch's arrival to its commit",
                normal="95 of 100 within tens of milliseconds.",
                do="it grows: the database. Its locks, its disk, its connections.",
                runbooks=("HeadsupLagGrows", "HeadsupResultsUnwritten"),
            ),
            _LINE.but(unit="s", by_powers=True),
            *(
                Ask(
                    "histogram_quantile(0.95, sum by (le) "
                    f"(rate({name}_batch_seconds_bucket[5m])))",
                    service,
                )
                for service, name in _BOTH
            ),
        ),
        lines(
            About(
                title="Looked at because a moment came, a minute",
                normal="deadlines of orders, and moments to remind of carts.",
                do="0 for hours while there are open orders: nobody keeps promises. The log of "
                "order_events.",
                runbooks=("HeadsupCustomersPastPromise",),
            ),
            _LINE,
            Ask(f"sum(rate({_ORDERS}_deadlines_total[5m])) * 60", "orders"),
            Ask(f"sum(rate({_CARTS}_looked_at_total[5m])) * 60", "carts"),
        ),
        lines(
            About(
                title="What is old goes too late by",
                normal="0, or minutes. Days after the services were away for days, for some hours.",
                do="it grows: data of customers is kept for longer than they were told.",
                runbooks=("HeadsupKeptTooLong",),
            ),
            _LINE.but(unit="s", limits=Limits(bad=figures.KEPT_LATE)),
            *(Ask(f"max({name}_kept_late_seconds)", service) for service, name in _BOTH),
        ),
        lines(
            About(
                title="From Kafka into the ledger",
                normal="95 of 100 requests within a second of being written to Kafka.",
                do="the notifier is behind, or was away.",
                runbooks=("HeadsupLagGrows",),
            ),
            _LINE.but(unit="s", by_powers=True),
            Ask(
                "histogram_quantile(0.95, sum by (le) "
                f"(rate({_NOTIFIER}_intake_delay_seconds_bucket[5m])))",
                "95 of 100 within",
            ),
        ),
        lines(
            About(
                title="What should be 0, in 15 minutes",
                normal="0. Batches that another replica wrote first come with a rolling update.",
                do="each has a runbook.",
                runbooks=(
                    "HeadsupLostRaces",
                    "HeadsupResultsUnwritten",
                    "HeadsupRecordsRefused",
                    "HeadsupErasuresBroken",
                    "HeadsupPositionsGone",
                    "HeadsupCartsBroken",
                ),
            ),
            Look(unit="short", width=16),
            *(
                Ask(grown(name, "", "15m"), words)
                for name, words in (
                    (f"{_ORDERS}_lost_races_total", "batches that another replica wrote first"),
                    (f"{_NOTIFIER}_writes_failed_total", "writes that the database did not take"),
                    (f"{_NOTIFIER}_results_lost_total", "results that could not be written"),
                    (f"{_NOTIFIER}_unreadable_total", "notifications that cannot be read"),
                    (f"{_ORDERS}_outbox_refused_total", "records that Kafka never takes"),
                    (f"{_ORDERS}_erasures_broken_total", "people that order_events cannot forget"),
                    (f"{_NOTIFIER}_erasures_broken_total", "people that notifier cannot forget"),
                    (f"{_CARTS}_broken_total", "carts that our code breaks on"),
                )
            ),
            Ask(
                grown(f"{_ORDERS}_positions_gone_total", "topic", "15m"),
                "positions gone on {{topic}}",
            ),
        ),
        number(
            About(
                title="Versions",
                normal="one; two during a rolling update.",
                do="two for longer: an update that stands still.",
            ),
            Look(unit="short", width=8, only_names=True),
            Ask("count by (version) (headsup_build_info)", "{{version}}"),
        ),
    ),
)

BOARD: Final = Board(
    name="services",
    title="Services, Kafka and the database",
    about="Whether the services run, read and are read. How much memory and processor their pods "
    "take is shown by the cluster's own dashboards.",
    rows=(_THERE, _KAFKA, _DATABASE),
)
