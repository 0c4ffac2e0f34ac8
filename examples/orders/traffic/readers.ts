/** The reads that go with the commands: each screen as its people ask for it. */
import type { KnownOrder } from './commands.ts';

export interface ShopReads {
  /** The newest ones; empty where there are none, or nobody answers. */
  readonly newestOrders: () => Promise<readonly KnownOrder[]>;
  /** What a customer sees who has just ordered: with the token of the command, not older than it. */
  readonly ownOrder: (id: string, token: string) => Promise<number>;
  /** Status of each. */
  readonly lists: (customerId: string) => Promise<readonly number[]>;
}

const TIMEOUT_MS = 15_000;
const WAIT_SECONDS = 5;

export function createShopReads(readApiUrl: string, token: string | null, signal: AbortSignal): ShopReads {
  const get = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${readApiUrl}${path}`, {
      headers: { ...headers, ...(token !== null && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  /** The body is read to its end, so that the connection is free for the next. */
  const statusOf = async (answer: Promise<Response>): Promise<number> => {
    const response = await answer;
    await response.arrayBuffer();
    return response.status;
  };
  return {
    async newestOrders() {
      const response = await get('/orders?sort=-placed&limit=100&facets=false');
      if (!response.ok) return [];
      const { items } = (await response.json()) as { readonly items: readonly KnownOrder[] };
      return items;
    },
    ownOrder: (id, consistencyToken) =>
      statusOf(
        get(`/orders/${id}`, { 'consistency-token': consistencyToken, prefer: `wait=${WAIT_SECONDS}` }),
      ),
    lists: (customerId) =>
      Promise.all(
        [
          `/orders?customer=${customerId}&sort=-placed&facets=false`,
          '/order_search?status=placed&sort=-placed',
          '/dashboard',
        ].map((path) => statusOf(get(path))),
      ),
  };
}
