import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';
import { lockOrder, raiseOrder, wrongStatus } from './order-row.ts';
import { Refusal } from './refusal.ts';

export interface NewRefund {
  /** in the smallest unit of the order's currency */
  readonly amount: number;
  readonly reason: string | null;
}

export const MAX_REFUNDS = 100;

/** Gives some of what was paid back, whatever was given back before, as long as there is as much left. */
export async function processRefund(
  client: SqlClient,
  target: RootTarget,
  { amount, reason }: NewRefund,
): Promise<Made> {
  const { status, customerId, paid, refunded } = await lockOrder(client, target);
  if (status === 'cancelled') throw wrongStatus(status, 'refunded: its money was given back');
  const left = paid - refunded;
  if (amount > left)
    throw new Refusal('refund-exceeds-paid', `of what was paid ${left} is left`, {
      errors: [{ pointer: '/amount', detail: `must be at most ${left}` }],
    });
  await client.query(
    `insert into public.refunds (order_id, customer_id, amount, reason, refunded_at)
     values ($1, $2, $3, $4, statement_timestamp())`,
    [target.id, customerId, amount, reason],
  );
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::integer as count from public.refunds where order_id = $1',
    [target.id],
  );
  if ((rows[0]?.count ?? 0) > MAX_REFUNDS)
    throw new Refusal('limit-exceeded', `an order has at most ${MAX_REFUNDS} refunds`);
  return raiseOrder(client, target.id, { refunded: refunded + amount });
}
