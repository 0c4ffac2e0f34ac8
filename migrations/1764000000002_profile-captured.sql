-- Up Migration
-- What makes the tables a source of documents: whole old rows, no TRUNCATE, a place in the publication, and who may read and write them.

-- FULL: a child's delete must carry its user_id, and an update every column, also the TOASTed ones it did not touch.
alter table public.users replica identity full;
alter table public.addresses replica identity full;
alter table public.preferences replica identity full;

create trigger forbid_truncate before truncate on public.users
  for each statement execute function public.readside_forbid_truncate();
create trigger forbid_truncate before truncate on public.addresses
  for each statement execute function public.readside_forbid_truncate();
create trigger forbid_truncate before truncate on public.preferences
  for each statement execute function public.readside_forbid_truncate();

alter table public.users enable always trigger forbid_truncate;
alter table public.addresses enable always trigger forbid_truncate;
alter table public.preferences enable always trigger forbid_truncate;

alter publication readside add table public.users, public.addresses, public.preferences;
grant select on public.users, public.addresses, public.preferences to readside_replicator;
grant select, insert, update, delete on public.users, public.addresses, public.preferences to readside_writer;
