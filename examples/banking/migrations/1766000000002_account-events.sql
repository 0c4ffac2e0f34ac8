-- Up Migration
-- Events are added and never changed, whoever writes them; the read side sees them all.

-- What must hold of any writer: an entry moves a whole number of the smallest unit, and nobody but the bank's own cash is below zero.
alter table public.emt_messages add constraint emt_messages_entry check (coalesce(
  jsonb_typeof(message_data -> 'credit') = 'number'
  and jsonb_typeof(message_data -> 'debit') = 'number'
  and jsonb_typeof(message_data -> 'balanceAfter') = 'number'
  and (message_data ->> 'credit') ~ '^\d{1,16}$'
  and (message_data ->> 'debit') ~ '^\d{1,16}$'
  and (message_data ->> 'balanceAfter') ~ '^-?\d{1,16}$'
  and least((message_data ->> 'credit')::bigint, (message_data ->> 'debit')::bigint) = 0
  and greatest((message_data ->> 'credit')::bigint, (message_data ->> 'debit')::bigint) < 9007199254740992
  and abs((message_data ->> 'balanceAfter')::bigint) < 9007199254740992
  and ((message_data ->> 'balanceAfter')::bigint >= 0 or message_data ->> 'kind' = 'cash')
  and message_data ->> 'accountId' = stream_id
  and message_data ->> 'month' = left(message_data ->> 'at', 7),
  false -- what lacks one of them
));

-- A movement of money, and an entry, are looked for by their ids: by the source view of a document an entry, and by people.
create unique index emt_messages_by_id on public.emt_messages (message_id, partition, is_archived);

-- Nobody but the owner may do more with an event than add it. An UPDATE and a DELETE fail for the owner too, as do those of a superuser:
-- whoever must break this has to say so by dropping the trigger.
create function public.banking_forbid_change() returns trigger
language plpgsql as $$
begin
  raise exception 'an event is never changed: % of %.% is forbidden', tg_op, tg_table_schema, tg_table_name
    using errcode = 'feature_not_supported', hint = 'Append an event that corrects it.';
end
$$;
create trigger forbid_change before update or delete on public.emt_messages
  for each row execute function public.banking_forbid_change();

-- Triggers of a statement, and what a change carries, are each table's own: that of the partitioned one, and of those that hold its rows.
do $$
declare
  leaf regclass;
begin
  for leaf in select relid from pg_partition_tree('public.emt_messages') loop
    execute format('alter table %s enable always trigger forbid_change', leaf);
    execute format('alter table %s replica identity full', leaf);
    execute format(
      'create trigger forbid_truncate before truncate on %s for each statement execute function public.readside_forbid_truncate()', leaf);
    execute format('alter table %s enable always trigger forbid_truncate', leaf);
  end loop;
end
$$;

alter publication readside add table public.emt_messages;

grant select on public.emt_messages to readside_replicator;
grant select, insert on public.emt_messages to readside_writer;
grant select, insert, update on public.emt_streams to readside_writer;
grant usage on sequence public.emt_global_message_position to readside_writer;
