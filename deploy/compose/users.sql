-- The users of the database beside its owner, as docs/operating/install.md has an administrator make
-- them; for compose.yaml, which has psql read this at each start, also where the database is older
-- than its users. Their passwords are those of deploy/.env then.
\set ON_ERROR_STOP on
\getenv order_events ORDER_EVENTS_PASSWORD
\getenv notifier NOTIFIER_PASSWORD
\getenv tools TOOLS_PASSWORD

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY['headsup_order_events', 'headsup_notifier', 'headsup_tools']) AS name
WHERE to_regrole(name) IS NULL
\gexec
ALTER ROLE headsup_order_events PASSWORD :'order_events';
ALTER ROLE headsup_notifier PASSWORD :'notifier';
ALTER ROLE headsup_tools PASSWORD :'tools';

REVOKE ALL ON DATABASE headsup FROM PUBLIC;
GRANT CONNECT ON DATABASE headsup TO headsup_order_events, headsup_notifier, headsup_tools;
