-- Up Migration
-- A shop: customers, products, and orders with their items, parcels and refunds. Money is an integer of a currency's smallest unit. The read
-- side sees every change, whoever makes it, so what must hold of any writer is a constraint here or a trigger in the next migration.

create table public.customers (
  id          uuid        not null default uuidv7(),
  name        text        not null,
  email       text        not null,
  version     integer     not null default 1,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  changed_by  text,
  traceparent text,
  constraint customers_pkey primary key (id),
  constraint customers_name_length check (char_length(name) between 1 and 200),
  constraint customers_email_length check (char_length(email) between 1 and 320),
  constraint customers_version_positive check (version >= 0),
  -- the read side prints years 0001 to 9999 with six fractional digits; infinity and BC dates have no such form
  constraint customers_timestamps_printable check (
    created_at >= '0001-01-01 00:00:00+00' and created_at < '10000-01-01 00:00:00+00'
    and updated_at >= '0001-01-01 00:00:00+00' and updated_at < '10000-01-01 00:00:00+00'
  )
);
create unique index customers_email_unique on public.customers (lower(email));

create table public.products (
  id          uuid        not null default uuidv7(),
  title       text        not null,
  price       bigint      not null,
  currency    char(3)     not null,
  version     integer     not null default 1,
  created_at  timestamptz not null default now(),
  updated_at  timestamptz not null default now(),
  changed_by  text,
  traceparent text,
  constraint products_pkey primary key (id),
  constraint products_title_length check (char_length(title) between 1 and 200),
  constraint products_price_range check (price between 0 and 1000000000),
  constraint products_currency_iso check (currency ~ '^[A-Z]{3}$'),
  constraint products_version_positive check (version >= 0),
  constraint products_timestamps_printable check (
    created_at >= '0001-01-01 00:00:00+00' and created_at < '10000-01-01 00:00:00+00'
    and updated_at >= '0001-01-01 00:00:00+00' and updated_at < '10000-01-01 00:00:00+00'
  )
);

-- Apart from the product, for no screen shows it and each order writes it: of a row that others copy every write is a change for Kafka and the
-- projectors. The read side is not given this table.
create table public.product_stock (
  product_id uuid    not null,
  pieces     integer not null default 0,
  constraint product_stock_pkey primary key (product_id),
  constraint product_stock_product_fkey foreign key (product_id) references public.products (id) on delete cascade,
  constraint product_stock_range check (pieces between 0 and 1000000000)
);

create sequence public.order_numbers start 100001;

-- What is said of money, parcels and refunds here is what the other tables add up to: whoever reads an order's row alone knows it.
create table public.orders (
  id             uuid        not null default uuidv7(),
  number         text        not null default 'O-' || nextval('public.order_numbers'),
  customer_id    uuid        not null,
  status         text        not null default 'placed',
  currency       char(3)     not null,
  total          bigint      not null,
  paid           bigint      not null,
  refunded       bigint      not null default 0,
  -- how much of it was refunded, in a word; a trigger writes it
  refund_state   text        not null default 'none',
  open_shipments integer     not null default 0,
  version        integer     not null default 1,
  placed_at      timestamptz not null default now(),
  updated_at     timestamptz not null default now(),
  cancelled_at   timestamptz,
  changed_by     text,
  traceparent    text,
  constraint orders_pkey primary key (id),
  constraint orders_number_unique unique (number),
  constraint orders_number_length check (char_length(number) between 1 and 40),
  constraint orders_customer_fkey foreign key (customer_id) references public.customers (id),
  constraint orders_status_known check (status in ('placed', 'shipped', 'delivered', 'cancelled')),
  constraint orders_currency_iso check (currency ~ '^[A-Z]{3}$'),
  constraint orders_total_range check (total between 0 and 1000000000000),
  constraint orders_paid_range check (paid between 0 and total),
  constraint orders_refunded_range check (refunded between 0 and paid),
  constraint orders_refund_state_known check (refund_state in ('none', 'partial', 'full')),
  constraint orders_shipped_while_open check ((status = 'shipped') = (open_shipments > 0) and open_shipments >= 0),
  constraint orders_cancelled_at_cancel check ((status = 'cancelled') = (cancelled_at is not null)),
  constraint orders_version_positive check (version >= 0),
  constraint orders_timestamps_printable check (
    placed_at >= '0001-01-01 00:00:00+00' and placed_at < '10000-01-01 00:00:00+00'
    and updated_at >= '0001-01-01 00:00:00+00' and updated_at < '10000-01-01 00:00:00+00'
    and (cancelled_at is null or cancelled_at >= '0001-01-01 00:00:00+00' and cancelled_at < '10000-01-01 00:00:00+00')
  ),
  -- what the parts of an order refer to: they have its customer, and its items its currency
  constraint orders_of_customer unique (id, customer_id),
  constraint orders_in_currency unique (id, customer_id, currency)
);
create index orders_by_customer on public.orders (customer_id, placed_at, id);

-- Parts are written before their order, which comes last (invariant 9): within a transaction that asks for it the foreign keys are looked at
-- when it ends.
create table public.order_items (
  id          uuid     not null default uuidv7(),
  order_id    uuid     not null,
  customer_id uuid     not null,
  currency    char(3)  not null,
  position    smallint not null,
  product_id  uuid     not null,
  quantity    integer  not null,
  unit_price  bigint   not null,
  constraint order_items_pkey primary key (id),
  constraint order_items_order_fkey foreign key (order_id, customer_id, currency)
    references public.orders (id, customer_id, currency) on delete cascade deferrable initially immediate,
  constraint order_items_product_fkey foreign key (product_id) references public.products (id),
  constraint order_items_once unique (order_id, product_id),
  constraint order_items_quantity_range check (quantity between 1 and 1000),
  constraint order_items_unit_price_range check (unit_price between 0 and 1000000000)
);
create index order_items_by_order on public.order_items (order_id, position, id);
create index order_items_by_product on public.order_items (product_id);

create table public.shipments (
  id              uuid        not null default uuidv7(),
  order_id        uuid        not null,
  customer_id     uuid        not null,
  carrier         text        not null,
  tracking_number text,
  status          text        not null default 'shipped',
  shipped_at      timestamptz not null default now(),
  delivered_at    timestamptz,
  constraint shipments_pkey primary key (id),
  constraint shipments_order_fkey foreign key (order_id, customer_id)
    references public.orders (id, customer_id) on delete cascade deferrable initially immediate,
  constraint shipments_carrier_length check (char_length(carrier) between 1 and 60),
  constraint shipments_tracking_number_length check (char_length(tracking_number) between 1 and 64),
  constraint shipments_status_known check (status in ('shipped', 'delivered')),
  constraint shipments_delivered_at_delivery check ((status = 'delivered') = (delivered_at is not null)),
  constraint shipments_timestamps_printable check (
    shipped_at >= '0001-01-01 00:00:00+00' and shipped_at < '10000-01-01 00:00:00+00'
    and (delivered_at is null or delivered_at >= '0001-01-01 00:00:00+00' and delivered_at < '10000-01-01 00:00:00+00')
  )
);
create index shipments_by_order on public.shipments (order_id, shipped_at, id);

create table public.refunds (
  id          uuid        not null default uuidv7(),
  order_id    uuid        not null,
  customer_id uuid        not null,
  amount      bigint      not null,
  reason      text,
  refunded_at timestamptz not null default now(),
  constraint refunds_pkey primary key (id),
  constraint refunds_order_fkey foreign key (order_id, customer_id)
    references public.orders (id, customer_id) on delete cascade deferrable initially immediate,
  constraint refunds_amount_positive check (amount between 1 and 1000000000000),
  constraint refunds_reason_length check (char_length(reason) between 1 and 500),
  constraint refunds_timestamps_printable check (
    refunded_at >= '0001-01-01 00:00:00+00' and refunded_at < '10000-01-01 00:00:00+00'
  )
);
create index refunds_by_order on public.refunds (order_id, refunded_at, id);
