-- Up Migration
-- What Readside itself keeps in the source database; none of it is user data.

-- The last 600 heartbeats: from a time to the WAL position at that time. Written by the connector, so that the slot moves
-- on an idle database and lag can be told in seconds.
create table readside.heartbeat (
  slot integer     not null,
  at   timestamptz not null,
  lsn  pg_lsn      not null,
  constraint heartbeat_pkey primary key (slot)
);

-- Debezium's heartbeat.action.query is: select readside.beat()
create function readside.beat() returns void
language sql volatile
set search_path = pg_catalog, pg_temp
as $$
  insert into readside.heartbeat (slot, at, lsn)
  values (floor(extract(epoch from now()))::bigint % 600, clock_timestamp(), pg_current_wal_lsn())
  on conflict (slot) do update set at = excluded.at, lsn = excluded.lsn
$$;

-- One row a successful command that came with an Idempotency-Key, written in the command's own transaction. The answer
-- is null only inside that transaction.
create table readside.idempotency_keys (
  key          text        not null,
  scope        text        not null,
  request_hash bytea       not null,
  status       smallint,
  answer       jsonb,
  created_at   timestamptz not null default now(),
  constraint idempotency_keys_pkey primary key (key)
);
create index idempotency_keys_by_age on readside.idempotency_keys (created_at);

-- What Debezium reads. An application adds its tables.
create publication readside for table readside.heartbeat;

-- Who may do what. Each role can do its own service's work and nothing else; nobody but the owner has TRUNCATE or DDL.
grant usage on schema public to readside_writer, readside_replicator;
grant usage on schema readside to readside_writer, readside_replicator, readside_reader;
grant select, insert, update, delete on readside.idempotency_keys to readside_writer;
grant select, insert, update on readside.heartbeat to readside_replicator;
revoke execute on function readside.beat() from public;
grant execute on function readside.beat() to readside_replicator;

-- The map from time to WAL position, for telling lag against the source.
grant select on readside.heartbeat to readside_reader;
-- The source views come later, one a projection, made by the owner. Whoever adds a TABLE to this schema revokes this from it.
alter default privileges for role readside_owner in schema readside grant select on tables to readside_reader;
