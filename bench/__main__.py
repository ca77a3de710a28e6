"""`make bench`: prints the figures and keeps them in build/bench.json."""

import argparse
import asyncio
import logging
from pathlib import Path
from typing import Any

import msgspec

from bench.backlog import FEW, measure_outage
from bench.carts import ROUNDS, measure_carts
from bench.events import measure_events
from bench.latency import measure_latency
from bench.mails import measure_mails
from bench.open_carts import FEW as FEW_CARTS
from bench.open_carts import LOOKS, MANY, measure_open_carts
from bench.shoppers import UPDATES

REPORT = Path("build/bench.json")
Row = tuple[str, float, str]


async def _measure(scale: float) -> list[Row]:
    events = await measure_events(int(20_000 * scale))
    latency = await measure_latency(max(20, int(200 * scale)))
    mails = [await measure_mails(int(count * scale), c) for count, c in ((20_000, 1), (100_000, 4))]
    rows: list[Row] = [
        ("events", events.events, "events of 20,000 journeys"),
        ("bare aiokafka loop", events.bare_per_second, "events/s, one answer each"),
        ("order_events", events.order_events_per_second, "events/s"),
        ("order_events / bare", events.ratio, "aim 0.35"),
        ("order_events resident", events.resident_mb, "MB afterwards, limit 150"),
        ("event to provider, median", latency.median_ms, "ms, limit 50"),
        ("event to provider, p95", latency.p95_ms, "ms"),
    ]
    for figures in mails:
        over = f"over {figures.connections} connection(s)"
        rows += [
            (f"bare aiosmtplib {over}", figures.bare_per_second, "mails/s"),
            (f"notifier {over}", figures.notifier_per_second, f"mails/s, {figures.mails} mails"),
            (f"notifier / bare {over}", figures.ratio, "aim 0.6"),
            (f"notifier resident {over}", figures.resident_mb, "MB afterwards, limit 150"),
        ]
    rows.append(("mail", mails[0].mail_bytes, "bytes"))
    rows += await _measure_backlog(scale)
    return rows + await _measure_carts(scale) + await _measure_open_carts(scale)


async def _measure_carts(scale: float) -> list[Row]:
    rounds = max(1, round(ROUNDS * scale))
    events = await measure_carts(max(100, int(30_000 * scale)), rounds)
    ours, keeps, reads = events.ours, events.keeps, events.reads
    return [
        ("cart updates", events.events, f"events, {UPDATES} of each cart; median of {rounds}"),
        ("bare Faust agent that reads", reads.by_clock, "events/s"),
        ("bare Faust agent with a table", keeps.by_clock, "events/s"),
        ("cart_recovery", ours.by_clock, "events/s"),
        ("cart_recovery / bare with a table", ours.by_clock / keeps.by_clock, "aim 0.7"),
        ("cart_recovery / bare that reads", ours.by_clock / reads.by_clock, ""),
        ("likewise, with a table, of one core", ours.by_core / keeps.by_core, ""),
        ("likewise, that reads, of one core", ours.by_core / reads.by_core, ""),
        ("lost by the bare Faust agents", events.lost, "events, of all rounds"),
        ("cart_recovery resident", events.resident_mb, "MB afterwards"),
    ]


async def _measure_open_carts(scale: float) -> list[Row]:
    carts, looks = max(2 * FEW_CARTS, int(1_000_000 * scale)), max(1, round(LOOKS * scale))
    kept = await measure_open_carts(carts, looks)
    few, many = kept.of_few, kept.of_all
    return [
        ("open carts", kept.carts, f"carts, {kept.bytes_each:.0f} bytes each"),
        (f"cart_recovery resident, {FEW_CARTS:,} carts", kept.few_mb, "MB"),
        ("cart_recovery resident, the open carts", kept.resident_mb, "MB, limit 1,000"),
        ("cart_recovery resident at its peak", kept.peak_mb, "MB, limit 1,000"),
        ("start until it is ready", kept.ready_seconds, "s"),
        ("of which after the carts were read", kept.rest_seconds, "s"),
        ("tick, nothing due", many.none_due_ms, "ms"),
        ("tick, one cart due", many.one_due_ms, "ms"),
        (f"tick, {MANY:,} carts due", many.many_due_ms, "ms"),
        (f"tick, {MANY:,} due, of {FEW_CARTS:,} carts", few.many_due_ms, "ms"),
        ("tick of the open carts / of the few", many.many_due_ms / few.many_due_ms, ""),
    ]


async def _measure_backlog(scale: float) -> list[Row]:
    drained, waiting = (max(FEW, int(count * scale)) for count in (20_000, 1_000_000))
    little = await measure_outage(drained, drained)
    much = await measure_outage(waiting, drained)
    return [
        ("backlog", much.waiting, "mails that wait while their provider is down"),
        ("notifier resident, nothing waits", much.before_mb, "MB"),
        ("notifier resident, the backlog waits", much.down_mb, "MB, limit 150"),
        ("notifier resident, provider is back", much.after_mb, "MB, limit 150"),
        ("notifier resident at its peak", much.peak_mb, "MB, limit 150"),
        ("claim of 200 mails from the backlog", much.many.claim_ms, "ms"),
        (f"claim from the backlog / from {FEW:,}", much.claim_ratio, "limit 2"),
        ("count of the backlog, every 10 s", much.many.count_ms, "ms"),
        (f"count of the backlog / of {FEW:,}", much.count_ratio, ""),
        ("mails drained from the backlog", much.mails_per_second, "mails/s"),
        (
            f"drained from the backlog / where {drained:,} wait",
            much.mails_per_second / little.mails_per_second,
            "aim 0.9",
        ),
    ]


def _show(rows: list[Row]) -> None:
    for name, value, unit in rows:
        print(f"{name:45} {value:>12,.2f}  {unit}")


def _keep(rows: list[Row]) -> None:
    report: dict[str, Any] = {name: round(value, 3) for name, value, _ in rows}
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode(report)))


def main() -> None:
    """Measures and reports."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="share of the full load, such as 0.1"
    )
    arguments = parser.parse_args()
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it complains while topics are new
    rows = asyncio.run(_measure(arguments.scale))
    _show(rows)
    _keep(rows)


if __name__ == "__main__":
    main()
