/**
 * What a shop is asked: the commands of examples/orders as they come, and in five thousand reads 4,498 orders, 500 customers' newest ten without
 * counts, one search with them by whoever works there, and one look at the dashboard.
 */
import { createRandomCommands } from '../../examples/orders/traffic/commands.ts';
import type { KnownOrder } from '../../examples/orders/traffic/commands.ts';
import { createRandom } from '../../services/shared/random.ts';
import { done, reading } from './asks.ts';
import type { Asks } from './asks.ts';

export interface KnownShop {
  /** Those that commands are on. */
  readonly known: readonly KnownOrder[];
  readonly orders: readonly string[];
  readonly customers: readonly string[];
}

const REFUSALS: ReadonlySet<number> = new Set([409, 422]);
const CYCLE = 5000;
const EVERY_TENTH = 10;

export function createShopAsks({ known, orders, customers }: KnownShop): Asks {
  const random = createRandom(Date.now());
  const commands = createRandomCommands(random);
  for (const order of known) commands.learn(order);
  const pathOf = (n: number): string => {
    const at = n % CYCLE;
    if (at === 0) return '/dashboard';
    if (at === CYCLE / 2) return '/order_search?status=placed&limit=10';
    return at % EVERY_TENTH === 5
      ? `/orders?customer=${random.pick(customers)}&sort=-placed&limit=10&facets=false`
      : `/orders/${random.pick(orders)}`;
  };
  return {
    write: () => async (api) => {
      const command = commands.next();
      const answer = await api.ask(command.method, command.path, JSON.stringify(command.body ?? {}));
      if (REFUSALS.has(answer.status)) return 'refused';
      const outcome = done(answer, `${command.method} ${command.path}`);
      commands.done(command, (JSON.parse(answer.body) as { readonly id: string }).id);
      return outcome;
    },
    read: (n) => reading(pathOf(n)),
  };
}
