/**
 * What the shop's screens must show, by SQL that knows nothing of the engine and its definitions: from the orders' parts, where the definitions
 * take what an order's row says of them.
 */
import type { Pool } from 'pg';

type Document = Readonly<Record<string, unknown>>;

/** Name and keys of a figure, with spaces between → it. */
export type Figures = Readonly<Record<string, number>>;

const moment = (column: string): string =>
  `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const ORDERS = `
  select o.id, jsonb_build_object(
    'id', o.id, 'number', o.number, 'customerId', o.customer_id, 'customerName', who.name, 'status', o.status, 'currency', o.currency,
    'total', coalesce(sold.total, 0), 'paid', o.paid, 'refunded', coalesce(back.refunded, 0), 'version', o.version,
    'placedAt', ${moment('o.placed_at')}, 'updatedAt', ${moment('o.updated_at')},
    'cancelledAt', ${moment('o.cancelled_at')},
    'items', coalesce(sold.items, '[]'), 'shipments', coalesce(sent.shipments, '[]'), 'refunds', coalesce(back.refunds, '[]')
  ) as document
  from orders o
  join customers who on who.id = o.customer_id
  left join (
    select order_id, sum(quantity * unit_price) as total, jsonb_agg(jsonb_build_object(
      'id', order_items.id, 'position', position, 'productId', product_id, 'title', title, 'quantity', quantity, 'unitPrice', unit_price
    ) order by position, order_items.id) as items from order_items join products on products.id = product_id group by order_id
  ) sold on sold.order_id = o.id
  left join (
    select order_id, jsonb_agg(jsonb_build_object(
      'id', id, 'carrier', carrier, 'trackingNumber', tracking_number, 'status', status,
      'shippedAt', ${moment('shipped_at')}, 'deliveredAt', ${moment('delivered_at')}
    ) order by shipped_at, id) as shipments from shipments group by order_id
  ) sent on sent.order_id = o.id
  left join (
    select order_id, sum(amount) as refunded, jsonb_agg(jsonb_build_object(
      'id', id, 'amount', amount, 'reason', reason, 'refundedAt', ${moment('refunded_at')}
    ) order by refunded_at, id) as refunds from refunds group by order_id
  ) back on back.order_id = o.id`;

/** Of `GET /orders/{id}`, each by its id. */
export async function expectedOrders(pool: Pool): Promise<ReadonlyMap<string, Document>> {
  const { rows } = await pool.query<{ id: string; document: Document }>(ORDERS);
  return new Map(rows.map(({ id, document }) => [id, document]));
}

const WITH_REFUND = `
  select o.*, coalesce(back.amount, 0) as given_back,
    case when back.amount is null then 'none' when back.amount < o.paid then 'partial' else 'full' end as state
  from orders o left join (select order_id, sum(amount) as amount from refunds group by order_id) back on back.order_id = o.id`;

/** `total` and the facets of `GET /order_search`, without filters. */
export function expectedFacets(pool: Pool): Promise<Figures> {
  return figures(
    pool,
    `with seen as (${WITH_REFUND})
     select 'total' as name, count(*) as figure from seen
     union all select 'status ' || status, count(*) from seen group by status
     union all select 'currency ' || currency, count(*) from seen group by currency
     union all select 'refund ' || state, count(*) from seen group by state`,
  );
}

/** Of `GET /dashboard`. */
export function expectedDashboard(pool: Pool): Promise<Figures> {
  return figures(
    pool,
    `with seen as (${WITH_REFUND}), kept as (select * from seen where status <> 'cancelled')
     select 'ordersByStatus ' || status as name, count(*) as figure from seen group by status
     union all select 'ordersByMinute ' || to_char(placed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI'), count(*)
       from seen group by 1
     union all select 'revenueByDay ' || day || ' ' || currency || ' ' || each.key, each.figure from (
       select to_char(placed_at at time zone 'utc', 'YYYY-MM-DD') as day, currency,
         count(*) as orders, sum(paid) as paid, sum(given_back) as refunded
       from kept group by 1, 2
     ) by_day, lateral (values ('count', orders), ('paid', paid), ('refunded', refunded)) each (key, figure)
     union all select 'refunds ' || currency || ' ' || state || ' ' || each.key, each.figure from (
       select currency, state, count(*) as orders, sum(paid) as paid, sum(given_back) as refunded
       from kept group by 1, 2
     ) by_state, lateral (values ('count', orders), ('paid', paid), ('refunded', refunded)) each (key, figure)
     union all select 'openShipments count', count(distinct order_id) from shipments where status = 'shipped'
     union all select 'openShipments openShipments', count(*) from shipments where status = 'shipped'`,
  );
}

async function figures(pool: Pool, sql: string): Promise<Figures> {
  const { rows } = await pool.query<{ name: string; figure: string }>(sql);
  return Object.fromEntries(rows.map(({ name, figure }) => [name, Number(figure)]));
}

interface ServedFacets {
  readonly total: number;
  readonly facets: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export function facetFigures({ total, facets }: ServedFacets): Figures {
  const counted = Object.entries(facets).flatMap(([facet, values]) =>
    Object.entries(values).map(([value, count]) => [`${facet} ${value}`, count] as const),
  );
  return { total, ...Object.fromEntries(counted) };
}

interface ServedGroup {
  readonly count: number;
  readonly sums?: Readonly<Record<string, number>>;
  readonly [key: string]: unknown;
}
type ServedTally = ServedGroup & {
  readonly values?: ReadonlyArray<{ readonly value: string; readonly count: number }>;
  readonly groups?: readonly ServedGroup[];
};

/** Of an answer that leaves nothing out: its `more` are 0. */
export function dashboardFigures(body: Readonly<Record<string, ServedTally>>): Figures {
  const told = Object.entries(body).flatMap(([name, tally]): ReadonlyArray<readonly [string, number]> => {
    if (tally.values) return tally.values.map(({ value, count }) => [`${name} ${value}`, count] as const);
    if (tally.groups) return tally.groups.flatMap((group) => ofGroup(name, group));
    return ofGroup(name, tally);
  });
  return Object.fromEntries(told);
}

function ofGroup(
  name: string,
  { count, sums, ...keys }: ServedGroup,
): ReadonlyArray<readonly [string, number]> {
  const head = [name, ...Object.values(keys)].join(' ');
  if (sums === undefined) return [[head, count]];
  return [
    [`${head} count`, count],
    ...Object.entries(sums).map(([field, sum]) => [`${head} ${field}`, sum] as const),
  ];
}
