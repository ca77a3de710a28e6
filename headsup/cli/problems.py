"""What goes wrong on the command line is said in a sentence, without a traceback."""

import contextlib
from collections.abc import Iterator

import asyncpg
import typer
from aiokafka.errors import KafkaConnectionError

from headsup.kafka.reader import BrokerError
from headsup.kafka.topics import TopicError
from headsup.migrations.online import TableInUseError
from headsup.settings import READ_ONLY, SettingsError


@contextlib.contextmanager
def sentences() -> Iterator[None]:
    """Ends the command with 2 and a sentence on standard error."""
    try:
        yield
    except (SettingsError, TopicError, BrokerError, TableInUseError) as error:
        _say(str(error))
    except asyncpg.InsufficientPrivilegeError:
        _say(
            "The user in DATABASE_URL may not do that: give the address of the user that is made "
            "for people at the command line, or of the owner (docs/operating/install.md)."
        )
    except asyncpg.ReadOnlySQLTransactionError:
        _say(READ_ONLY)
    except KafkaConnectionError:
        _say("No broker answers at KAFKA_BOOTSTRAP_SERVERS.")
    except (ConnectionError, OSError):
        _say("No server answers at the configured address.")


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
