-- Up Migration
-- What makes the tables a source of documents (docs/add-a-read-model.md says why each of these is).

alter table public.customers replica identity full;
alter table public.products replica identity full;
alter table public.orders replica identity full;
alter table public.order_items replica identity full;
alter table public.shipments replica identity full;
alter table public.refunds replica identity full;

create trigger forbid_truncate before truncate on public.customers
  for each statement execute function public.readside_forbid_truncate();
create trigger forbid_truncate before truncate on public.products
  for each statement execute function public.readside_forbid_truncate();
create trigger forbid_truncate before truncate on public.orders
  for each statement execute function public.readside_forbid_truncate();
create trigger forbid_truncate before truncate on public.order_items
  for each statement execute function public.readside_forbid_truncate();
create trigger forbid_truncate before truncate on public.shipments
  for each statement execute function public.readside_forbid_truncate();
create trigger forbid_truncate before truncate on public.refunds
  for each statement execute function public.readside_forbid_truncate();

alter table public.customers enable always trigger forbid_truncate;
alter table public.products enable always trigger forbid_truncate;
alter table public.orders enable always trigger forbid_truncate;
alter table public.order_items enable always trigger forbid_truncate;
alter table public.shipments enable always trigger forbid_truncate;
alter table public.refunds enable always trigger forbid_truncate;

create trigger note_writer before insert or update on public.customers
  for each row execute function public.readside_note_writer();
create trigger note_writer before insert or update on public.products
  for each row execute function public.readside_note_writer();
create trigger note_writer before insert or update on public.orders
  for each row execute function public.readside_note_writer();

alter publication readside
  add table public.customers, public.products, public.orders, public.order_items, public.shipments, public.refunds;
grant select on public.customers, public.products, public.orders, public.order_items, public.shipments, public.refunds
  to readside_replicator;
grant select, insert, update, delete
  on public.customers, public.products, public.orders, public.order_items, public.shipments, public.refunds
  to readside_writer;
grant select, insert, update, delete on public.product_stock to readside_writer;
grant usage on sequence public.order_numbers to readside_writer;
