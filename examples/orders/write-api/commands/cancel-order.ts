import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';
import { lockOrder, raiseOrder, wrongStatus } from './order-row.ts';
import { giveBackToStock } from './stock.ts';

/** Gives the pieces back to stock, and what is left of the money to the customer: an order that is cancelled is no revenue. */
export async function cancelOrder(client: SqlClient, target: RootTarget): Promise<Made> {
  const { status, now } = await lockOrder(client, target);
  if (status !== 'placed') throw wrongStatus(status, 'cancelled');
  await giveBackToStock(client, target.id);
  return raiseOrder(client, target.id, { status: 'cancelled', cancelledAt: now });
}
