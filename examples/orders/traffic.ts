/** Life in the shop: it is filled when it is new, then people order, and orders are shipped, cancelled, refunded and looked at. */
import { runTraffic } from '../traffic/run-traffic.ts';
import { createRandomCommands } from './traffic/commands.ts';
import type { Command, RandomCommands } from './traffic/commands.ts';
import { lists, newestOrders } from './traffic/readers.ts';

const READS_EACH = 5;

await runTraffic<Command, RandomCommands>(process.env, {
  title: 'Traffic of the shop',
  refusals: new Set(['out-of-stock', 'wrong-status', 'refund-exceeds-paid', 'limit-exceeded']),
  createCommands: createRandomCommands,
  begin: async (shop, reads) => {
    for (const order of await newestOrders(reads)) shop.learn(order);
  },
  look: async (command, { id, token }, shop, reads, count) => {
    const unseen: string[] = [];
    if (command.name === 'placeOrder') {
      const status = await reads.statusAfter(`/orders/${id}`, token);
      if (status !== 200) unseen.push(`the order ${id} was not to be seen: ${status}`);
    }
    const customer = shop.anyCustomer();
    if (count % READS_EACH === 0 && customer !== undefined) await lists(reads, customer);
    return unseen;
  },
});
