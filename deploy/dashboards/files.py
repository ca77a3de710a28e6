"""The dashboards, and the files that are made of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from deploy.dashboards import carts, channels, services, told
from deploy.dashboards.board import TAG, Board

FOLDER: Final = Path(__file__).parent
BOARDS: Final[tuple[Board, ...]] = (told.BOARD, channels.BOARD, services.BOARD, carts.BOARD)
"""In the order in which somebody on call opens them."""


def file_of(board: Board) -> Path:
    """Where its JSON lies."""
    return FOLDER / f"{TAG}-{board.name}.json"


MADE: Final[Mapping[Path, Callable[[], str]]] = {file_of(board): board.json for board in BOARDS}
