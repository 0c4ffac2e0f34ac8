-- Up Migration
-- A TRUNCATE names no row, so no document could be found for it: the read side would keep every one as a ghost.
-- Each captured table has a trigger that calls this, enabled ALWAYS: it fires under session_replication_role = replica too.

create function public.readside_forbid_truncate() returns trigger
language plpgsql as $$
begin
  raise exception 'TRUNCATE of %.% is forbidden: its rows would stay in the read model', tg_table_schema, tg_table_name
    using errcode = 'feature_not_supported',
          hint = format('Use DELETE FROM %I.%I, which the read side follows.', tg_table_schema, tg_table_name);
end
$$;
