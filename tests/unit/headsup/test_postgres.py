"""What is said of a database, before anything is asked of one."""

import pytest

from headsup.postgres import answering


async def test_a_connection_that_timed_out_is_no_silence() -> None:
    """The network says so at once (ETIMEDOUT), and nobody has locked anything."""
    with pytest.raises(TimeoutError):
        async with answering():
            raise TimeoutError
