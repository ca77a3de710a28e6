"""The experiments, by what they do harm to."""

from tests.faults.rows import (
    carts,
    clock,
    history,
    kills,
    promises,
    providers,
    receipts,
    rolling,
    stores,
)
from tests.faults.rows.row import Row

ROWS: tuple[Row, ...] = (
    *kills.ROWS,
    *stores.ROWS,
    *history.ROWS,
    *providers.ROWS,
    *receipts.ROWS,
    *clock.ROWS,
    *promises.ROWS,
    *carts.ROWS,
    *rolling.ROWS,
)
