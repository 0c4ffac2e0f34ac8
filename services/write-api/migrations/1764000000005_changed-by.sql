-- Up Migration
-- Who changed a user last, so that the read side can tell it of every change: a row says nothing of its writer. Nobody proves it: it is what
-- the writer's connection calls itself, or for whom a service says that it writes, until its transaction ends:
--   select set_config('readside.subject', 'support/jane', true)

alter table public.users
  add column changed_by text,
  add constraint users_changed_by_length check (char_length(changed_by) <= 256);

create function public.readside_note_writer() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.changed_by := left(coalesce(
    nullif(current_setting('readside.subject', true), ''),
    nullif(current_setting('application_name', true), '')
  ), 256);
  return new;
end
$$;

-- After a transaction-local setting of a name that Postgres does not know, the session has it as an empty text.
create trigger note_writer before insert or update on public.users
  for each row execute function public.readside_note_writer();
