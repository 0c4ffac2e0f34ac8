-- Up Migration
-- Who was erased, when and by whom: an id that means nothing any more, and no personal data.

create table readside.erasures (
  id           uuid        not null default uuidv7(),
  document_id  text        not null,
  requested_by text,
  requested_at timestamptz not null default now(),
  constraint erasures_pkey primary key (id),
  constraint erasures_requested_by_length check (char_length(requested_by) <= 256)
);
create index erasures_by_document on readside.erasures (document_id);
grant select, insert on readside.erasures to readside_writer;

-- What an erasure removes.
create index idempotency_keys_by_document on readside.idempotency_keys ((answer ->> 'id'));

-- Of whom commands are kept, for whoever looks whether somebody is gone. The command that erased holds nothing but the id.
create view readside.kept_commands as
  select answer ->> 'id' as document_id from readside.idempotency_keys where not (answer ? 'erasureId');

revoke select on readside.erasures from readside_reader;
