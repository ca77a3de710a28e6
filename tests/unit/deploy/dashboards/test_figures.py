"""The figures of the panels are those of the alerts."""

import pytest

from deploy.dashboards import figures
from deploy.dashboards.figures import NoFigureError, figure


def test_they_are_read_from_the_rules() -> None:
    assert figures.NEWS_LATE == 900
    assert figures.NEWS_BUDGET == 0.01
    assert (figures.NEWS_BURN_FAST, figures.NEWS_BURN_SLOW) == (14.4, 6)
    assert figures.PROMISES_BUDGET == 0.001
    assert (figures.OLDEST, figures.NEWS_WAITS, figures.STANDS) == (4 * 3600, 10, 300)
    assert figures.SENDS_FAIL == 0.2
    assert (figures.ORDERS_LAG, figures.NOTIFIER_LAG, figures.CARTS_LAG) == (5000, 2000, 5000)


def test_one_that_there_is_not_ends_the_making() -> None:
    with pytest.raises(NoFigureError, match="HeadsupNewsLate compares headsup_carts with no"):
        figure("HeadsupNewsLate", "headsup_carts")
