/** Life in the shop: a process that seeds it when it is new, then orders, ships, cancels, refunds and looks, until it is stopped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { UNPROTECTED } from '../../services/shared/auth/protection.ts';
import { loadConfig } from '../../services/shared/config.ts';
import { createHttpApp } from '../../services/shared/http-app.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Logger } from '../../services/shared/logger.ts';
import { createRandom } from '../../services/shared/random.ts';
import { runService } from '../../services/shared/run-service.ts';
import { createRandomCommands } from './traffic/commands.ts';
import type { RandomCommands } from './traffic/commands.ts';
import { TrafficConfig } from './traffic/config.ts';
import { createShopReads } from './traffic/readers.ts';
import type { ShopReads } from './traffic/readers.ts';
import { createShopClient } from './traffic/shop-client.ts';
import type { SendCommand } from './traffic/shop-client.ts';

const VERSION = '0.1.0';
/** Commands under way: beyond them the shop is slower than the rate, and so are we. */
const MOST_AT_ONCE = 16;
const READS_EACH = 5;
const AFTER_UNEXPECTED_MS = 1000;

await runService(
  () => loadConfig(TrafficConfig, process.env),
  (config) => createLogger('traffic', config.LOG_LEVEL),
  async (config, scope, logger) => {
    const seed = config.SEED ?? Date.now();
    const token = config.TOKEN ?? null;
    const stopping = new AbortController();
    const { signal } = stopping;
    const commands = createRandomCommands(createRandom(seed));
    const app = await createHttpApp({
      logger,
      title: 'Traffic of the shop',
      description: 'Makes commands and reads until it is stopped.',
      version: VERSION,
      protection: UNPROTECTED,
      readiness: { shop: async () => (commands.isSeeded() ? null : 'it is being filled') },
    });
    scope.defer(() => app.close());
    const reads = createShopReads(config.READ_API_URL, token, signal);
    const send = createShopClient({ writeApiUrl: config.WRITE_API_URL, token, signal });
    const life = live({
      commands,
      send,
      reads,
      rate: config.RATE,
      run: `traffic-${Date.now()}`,
      signal,
      logger,
    });
    life.catch((error: unknown) => scope.fail(error instanceof Error ? error : new Error(String(error))));
    scope.defer(async () => {
      stopping.abort();
      await life.catch(() => undefined); // it was told
    });
    const address = await app.listen({ host: config.HOST, port: config.PORT });
    logger.info({ address, seed, rate: config.RATE }, 'listening');
  },
);

interface Life {
  readonly commands: RandomCommands;
  readonly send: SendCommand;
  readonly reads: ShopReads;
  /** commands a second */
  readonly rate: number;
  /** what the Idempotency-Keys begin with: no two runs have the same */
  readonly run: string;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/** Resolves when it was stopped and nothing is under way. */
async function live({ commands, send, reads, rate, run, signal, logger }: Life): Promise<void> {
  for (const order of await reads.newestOrders().catch(() => [])) commands.learn(order);
  const underway = new Set<Promise<void>>();
  /** A read that fails now is made again with another command. */
  const look = async (id: string, token: string): Promise<void> => {
    const status = await reads.ownOrder(id, token).catch(() => null);
    if (status !== null && status !== 200) logger.debug({ id, status }, 'an order was not to be seen');
  };
  const act = async (number: number): Promise<void> => {
    const command = commands.next();
    const outcome = await send(command, `${run}-${number}`);
    if (outcome.kind === 'done') {
      commands.done(command, outcome.id);
      if (command.name === 'placeOrder') await look(outcome.id, outcome.token);
    } else if (outcome.kind === 'unexpected') {
      logger.warn({ command: command.name, answer: outcome.answer }, 'an answer that no command should get');
      // A wrong token, for example, is wrong the next time too.
      await sleep(AFTER_UNEXPECTED_MS, undefined, { signal }).catch(() => undefined);
    }
    const customer = commands.anyCustomer();
    if (number % READS_EACH === 0 && customer !== undefined) await reads.lists(customer).catch(() => []);
  };
  let count = 0;
  // As fast as it goes, one after the other: nothing can be ordered before.
  while (!signal.aborted && !commands.isSeeded()) await act(++count);
  let due = performance.now();
  while (!signal.aborted) {
    const one: Promise<void> = act(++count).finally(() => underway.delete(one));
    underway.add(one);
    if (underway.size >= MOST_AT_ONCE) await Promise.race(underway);
    // What a slow shop has kept from being sent is not made up for.
    due = Math.max(due + 1000 / rate, performance.now());
    await sleep(due - performance.now(), undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(underway);
}
