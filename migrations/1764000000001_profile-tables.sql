-- Up Migration
-- The three source tables. The read side sees every change to them, whoever makes it, so what must hold of any writer is
-- a constraint here; limits that only keep requests sane are in the write API's schemas.
-- A user who is created together with children is inserted last, as of any command the root's row is: a reader of the changes knows by it
-- that the transaction is whole. So the foreign keys can be deferred: within a transaction that asks for it they are looked at when it ends.

create table public.users (
  id           uuid        not null default uuidv7(),
  email        text        not null,
  full_name    text        not null,
  display_name text,
  phone        text,
  avatar_url   text,
  bio          text,
  locale       text,
  status       text        not null default 'active',
  version      integer     not null default 1,
  created_at   timestamptz not null default now(),
  updated_at   timestamptz not null default now(),
  changed_by   text,
  traceparent  text,
  constraint users_pkey primary key (id),
  constraint users_email_length check (char_length(email) between 1 and 320),
  constraint users_status_known check (status in ('active', 'suspended', 'closed')),
  constraint users_version_positive check (version >= 0),
  constraint users_changed_by_length check (char_length(changed_by) <= 256),
  constraint users_traceparent_form check (traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$'),
  -- the read side prints years 0001 to 9999 with six fractional digits; infinity and BC dates have no such form
  constraint users_timestamps_printable check (
    created_at >= '0001-01-01 00:00:00+00' and created_at < '10000-01-01 00:00:00+00'
    and updated_at >= '0001-01-01 00:00:00+00' and updated_at < '10000-01-01 00:00:00+00'
  )
);
create unique index users_email_unique on public.users (lower(email));

create table public.addresses (
  id          uuid        not null default uuidv7(),
  user_id     uuid        not null,
  label       text        not null,
  line1       text        not null,
  line2       text,
  city        text        not null,
  region      text,
  postal_code text,
  country     char(2)     not null,
  is_primary  boolean     not null default false,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  constraint addresses_pkey primary key (id),
  constraint addresses_user_fkey foreign key (user_id) references public.users (id) on delete cascade
    deferrable initially immediate,
  constraint addresses_country_iso check (country ~ '^[A-Z]{2}$'),
  constraint addresses_timestamps_printable check (
    created_at >= '0001-01-01 00:00:00+00' and created_at < '10000-01-01 00:00:00+00'
    and updated_at >= '0001-01-01 00:00:00+00' and updated_at < '10000-01-01 00:00:00+00'
  )
);
-- in the order in which a profile lists them, and the index of the foreign key
create index addresses_by_user on public.addresses (user_id, created_at, id);
create unique index addresses_one_primary on public.addresses (user_id) where is_primary;

create table public.preferences (
  user_id    uuid        not null,
  key        text        not null,
  value      jsonb       not null,
  updated_at timestamptz not null default now(),
  -- leads with user_id, so it is the index of the foreign key too
  constraint preferences_pkey primary key (user_id, key),
  constraint preferences_user_fkey foreign key (user_id) references public.users (id) on delete cascade
    deferrable initially immediate,
  constraint preferences_key_length check (char_length(key) between 1 and 128),
  constraint preferences_timestamps_printable check (
    updated_at >= '0001-01-01 00:00:00+00' and updated_at < '10000-01-01 00:00:00+00'
  )
);

-- Who changed a user last, and in which trace.
create trigger note_writer before insert or update on public.users
  for each row execute function public.readside_note_writer();
