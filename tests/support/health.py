"""What the loops of a service say of themselves, counted."""

from collections import Counter

from headsup.health import Health
from tests.support.eventually import eventually


class Turns(Health):
    """Counts how often each loop turned."""

    def __init__(self) -> None:
        super().__init__()
        self.counted = Counter[str]()

    def turned(self, loop: str) -> None:
        super().turned(loop)
        self.counted[loop] += 1

    async def more(self, loop: str, turns: int) -> None:
        """Waits until a loop turned so many times more."""
        goal = self.counted[loop] + turns

        async def reached() -> bool:
            return self.counted[loop] >= goal

        await eventually(reached)
