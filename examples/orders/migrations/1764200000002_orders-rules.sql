-- Up Migration
-- What no constraint of one row can say, and any writer has to keep: an order goes forward only, stays its customer's, and says what its parts
-- add up to.

-- The changes of a customer's orders are in one Kafka partition because no order ever becomes another customer's, and no part another order's.
create function public.orders_stay() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'a row of % stays with its order and its customer', tg_table_name
    using errcode = 'check_violation', constraint = 'orders_stay';
end
$$;
create trigger stays before update on public.orders for each row
  when (old.customer_id is distinct from new.customer_id) execute function public.orders_stay();
create trigger stays before update on public.order_items for each row
  when ((old.order_id, old.customer_id) is distinct from (new.order_id, new.customer_id)) execute function public.orders_stay();
create trigger stays before update on public.shipments for each row
  when ((old.order_id, old.customer_id) is distinct from (new.order_id, new.customer_id)) execute function public.orders_stay();
create trigger stays before update on public.refunds for each row
  when ((old.order_id, old.customer_id) is distinct from (new.order_id, new.customer_id)) execute function public.orders_stay();

-- Every product has a stock, whoever adds it.
create function public.products_begin_stock() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  insert into public.product_stock (product_id) values (new.id);
  return null;
end
$$;
create trigger begin_stock after insert on public.products
  for each row execute function public.products_begin_stock();

-- placed → shipped → delivered, or placed → cancelled; an order all of whose parcels are delivered at once was never seen under way. The money
-- of a cancelled order was given back with the cancel: nothing of it is refunded after that.
create function public.orders_go_forward() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  if (old.status, new.status) not in
    (('placed', 'shipped'), ('placed', 'delivered'), ('placed', 'cancelled'), ('shipped', 'delivered'))
  then
    raise exception 'a % order cannot become %', old.status, new.status
      using errcode = 'check_violation', constraint = 'orders_go_forward';
  end if;
  return new;
end
$$;
create trigger go_forward before update on public.orders for each row
  when (old.status is distinct from new.status) execute function public.orders_go_forward();

create function public.orders_refund_no_cancelled() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  raise exception 'the money of a cancelled order was given back with the cancel'
    using errcode = 'check_violation', constraint = 'orders_refund_no_cancelled';
end
$$;
create trigger refund_no_cancelled before update on public.orders for each row
  when (old.status = 'cancelled' and old.refunded is distinct from new.refunded)
  execute function public.orders_refund_no_cancelled();

-- Not a generated column: those are not in what Postgres publishes.
create function public.orders_say_refund() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  new.refund_state := case when new.refunded = 0 then 'none' when new.refunded < new.paid then 'partial' else 'full' end;
  return new;
end
$$;
create trigger say_refund before insert or update on public.orders
  for each row execute function public.orders_say_refund();

-- When the transaction ends, for its statements write one table after the other. Whoever writes a part has to write its order as well, and
-- waits there for others who do.
create function public.orders_add_up() returns trigger
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  changed uuid := case when tg_table_name = 'orders' then to_jsonb(new) ->> 'id'
                       else coalesce(to_jsonb(new), to_jsonb(old)) ->> 'order_id' end;
  whole public.orders;
  items bigint;
  refunded bigint;
  parcels integer;
  underway integer;
begin
  select * into whole from public.orders where id = changed;
  if not found then
    return null; -- deleted, and its parts with it
  end if;
  select coalesce(sum(quantity * unit_price), 0) into items from public.order_items where order_id = changed;
  select coalesce(sum(amount), 0) into refunded from public.refunds where order_id = changed;
  select count(*), count(*) filter (where status = 'shipped') into parcels, underway
    from public.shipments where order_id = changed;
  if (whole.total, whole.refunded, whole.open_shipments) is distinct from (items, refunded, underway)
    or (whole.status in ('shipped', 'delivered')) <> (parcels > 0)
  then
    raise exception 'order % does not say what its items, refunds and parcels add up to', whole.number
      using errcode = 'check_violation', constraint = 'orders_add_up';
  end if;
  return null;
end
$$;
create constraint trigger add_up after insert or update on public.orders
  deferrable initially deferred for each row execute function public.orders_add_up();
create constraint trigger add_up after insert or update or delete on public.order_items
  deferrable initially deferred for each row execute function public.orders_add_up();
create constraint trigger add_up after insert or update or delete on public.shipments
  deferrable initially deferred for each row execute function public.orders_add_up();
create constraint trigger add_up after insert or update or delete on public.refunds
  deferrable initially deferred for each row execute function public.orders_add_up();
