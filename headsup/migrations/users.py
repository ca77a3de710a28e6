"""Which users of the database may do what in a service's schema.

Who migrates owns the schemas, and nobody else may change a table. Beside the owner there may be a
user for each service, named `OWNER_SCHEMA`, and one for people at the command line, `OWNER_tools`:
such as `headsup_notifier` where `headsup` migrates. A service reads and writes the rows of its own
schema, and people those of all. What a service offers to those who answer people (`OFFERED` in the
package of its migrations) the other services may read.

Whoever is not there is given nothing; then a service is told the address of the owner.
"""

import importlib
from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import Connection, text

_PEOPLE: Final = "tools"
_USE: Final = "SELECT, INSERT, UPDATE, DELETE"
_VERSION: Final = "alembic_version"
"""Only read: it says at which version the tables are."""
_WHO: Final = text("SELECT rolname FROM pg_roles WHERE rolname = ANY(CAST(:names AS name[]))")
_IS_THERE: Final = text("SELECT to_regclass(CAST(:table AS text)) IS NOT NULL")
_LACKING: Final = text("""
    SELECT c.relname FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace(CAST(:schema AS text)) AND c.relkind IN ('r', 'p')
      AND NOT (SELECT bool_and(has_table_privilege(CAST(:user AS name), c.oid, asked))
               FROM unnest(string_to_array(CAST(:rights AS text), ', ')) AS asked)
""")


def let_in(connection: Connection, schema: str, package: str, others: Collection[str]) -> list[str]:
    """Gives the users that are there what they lack of a schema, and of tables that it will have;
    who it was seen to that they may use it. `package` holds the schema's versions; `others` are
    the other schemas."""
    owner = connection.execute(text("SELECT current_user")).scalar_one()
    service, people = f"{owner}_{schema}", f"{owner}_{_PEOPLE}"
    readers = [f"{owner}_{other}" for other in others]
    names = {"names": [service, people, *readers]}
    there = {row[0] for row in connection.execute(_WHO, names)}
    users = [user for user in (service, people) if user in there]
    for user in users:
        _let_use(connection, schema, user)
    if people in there:
        _let_number(connection, schema, people)
    for user in filter(there.__contains__, readers):
        _let_read(connection, schema, user, importlib.import_module(package).OFFERED)
    return users


def _let_use(connection: Connection, schema: str, user: str) -> None:
    name = _quoted(connection, user)
    connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
    connection.exec_driver_sql(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT {_USE} ON TABLES TO {name}"
    )
    lacking = set(_lacking(connection, schema, user, _USE))
    for table in sorted(lacking - {_VERSION}):
        connection.exec_driver_sql(f"GRANT {_USE} ON {schema}.{table} TO {name}")
    if connection.scalar(
        text("SELECT to_regclass(CAST(:it AS text))"), {"it": f"{schema}.{_VERSION}"}
    ):
        connection.exec_driver_sql(f"REVOKE ALL ON {schema}.{_VERSION} FROM {name}")
        connection.exec_driver_sql(f"GRANT SELECT ON {schema}.{_VERSION} TO {name}")


def _let_number(connection: Connection, schema: str, user: str) -> None:
    """A service takes the next number of a table as it writes a row, which needs no right. A
    database that was restored is set on by hand (`headsup db recall`)."""
    name = _quoted(connection, user)
    connection.exec_driver_sql(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT UPDATE ON SEQUENCES TO {name}"
    )
    connection.exec_driver_sql(f"GRANT UPDATE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}")


def _let_read(connection: Connection, schema: str, user: str, offered: Iterable[str]) -> None:
    lacking = set(_lacking(connection, schema, user, "SELECT"))
    wanted = sorted(lacking.intersection(offered))
    if wanted:
        name = _quoted(connection, user)
        tables = ", ".join(f"{schema}.{table}" for table in wanted)
        connection.exec_driver_sql(f"GRANT USAGE ON SCHEMA {schema} TO {name}")
        connection.exec_driver_sql(f"GRANT SELECT ON {tables} TO {name}")


def _lacking(connection: Connection, schema: str, user: str, rights: str) -> list[str]:
    asked = {"schema": schema, "user": user, "rights": rights}
    return [row[0] for row in connection.execute(_LACKING, asked)]


def _quoted(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
