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

create publication readside
  for table public.users, public.addresses, public.preferences, readside.heartbeat;
