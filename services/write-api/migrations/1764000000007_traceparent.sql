-- Up Migration
-- Which trace the last change of a user belongs to, so that what follows from it, in Kafka and in the documents, is told as a part of it:
-- W3C's traceparent of the transaction's span, where somebody records it. What another transaction left there is never kept.

alter table public.users
  add column traceparent text,
  add constraint users_traceparent_form check (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$')
    -- no row has one yet: nothing is looked through under the lock
    not valid;

create or replace function public.readside_note_writer() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.changed_by := left(coalesce(
    nullif(current_setting('readside.subject', true), ''),
    nullif(current_setting('application_name', true), '')
  ), 256);
  new.traceparent := nullif(current_setting('readside.traceparent', true), '');
  return new;
end
$$;
