/** The reads that go with the commands: each screen as its people ask for it. */
import type { Reads } from '../../traffic/reads.ts';
import type { KnownOrder } from './commands.ts';

/** The newest ones; empty where there are none. */
export async function newestOrders({ get }: Reads): Promise<readonly KnownOrder[]> {
  const response = await get('/orders?sort=-placed&limit=100&facets=false');
  if (!response.ok) return [];
  const { items } = (await response.json()) as { readonly items: readonly KnownOrder[] };
  return items;
}

export async function lists({ statusOf }: Reads, customerId: string): Promise<void> {
  await Promise.all(
    [
      `/orders?customer=${customerId}&sort=-placed&facets=false`,
      '/order_search?status=placed&sort=-placed',
      '/dashboard',
    ].map((path) => statusOf(path)),
  );
}
