-- Up Migration
-- Who may do what. Each role can do its own service's work and nothing else; nobody but the owner has TRUNCATE or DDL.

grant usage on schema public to readside_writer, readside_replicator;
grant usage on schema readside to readside_writer, readside_replicator, readside_reader;

grant select, insert, update, delete on public.users, public.addresses, public.preferences to readside_writer;
grant select, insert, update, delete on readside.idempotency_keys to readside_writer;

grant select on public.users, public.addresses, public.preferences to readside_replicator;
grant select, insert, update on readside.heartbeat to readside_replicator;
revoke execute on function readside.beat() from public;
grant execute on function readside.beat() to readside_replicator;

-- The map from time to WAL position, for telling lag against the source.
grant select on readside.heartbeat to readside_reader;
-- The source views come later, one a projection, made by the owner. Whoever adds a TABLE to this schema revokes this from it.
alter default privileges for role readside_owner in schema readside grant select on tables to readside_reader;
