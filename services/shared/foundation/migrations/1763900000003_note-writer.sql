-- Up Migration
-- Who changed a document last, and in which trace, so that the read side can tell it of every change: a row says nothing of its writer. For a
-- root table with the columns changed_by and traceparent, whose trigger calls this before each insert and update. Nobody proves the writer: it
-- is what the connection calls itself, or for whom a service says that it writes, until its transaction ends:
--   select set_config('readside.subject', 'support/jane', true)
-- The trace is W3C's traceparent of the transaction's span, where somebody records it; what another transaction left there is never kept.

create function public.readside_note_writer() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  -- After a transaction-local setting of a name that Postgres does not know, the session has it as an empty text.
  new.changed_by := left(coalesce(
    nullif(current_setting('readside.subject', true), ''),
    nullif(current_setting('application_name', true), '')
  ), 256);
  new.traceparent := nullif(current_setting('readside.traceparent', true), '');
  return new;
end
$$;
