/**
 * Loaded before a service's own code (`node --import`): connections to the ports in READSIDE_REDIRECT (`19092=40001,…`) go to
 * others, behind which a test's links are. Kafka's clients need it: the broker tells them its own address, whatever they were given.
 */
import { Socket } from 'node:net';

const redirected = new Map(
  (process.env['READSIDE_REDIRECT'] ?? '')
    .split(',')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [from, to] = pair.split('=').map(Number);
      return [from ?? 0, to ?? 0] as const;
    }),
);

// oxlint-disable-next-line typescript/unbound-method -- it is called on the socket again
const connect = Socket.prototype.connect as (...args: unknown[]) => Socket;

Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const [first, ...rest] = args;
  if (typeof first === 'number') return connect.call(this, redirected.get(first) ?? first, ...rest);
  // net.connect hands over its arguments as one list that it has looked through before.
  const options = (Array.isArray(first) ? first[0] : first) as { port?: number | string } | undefined;
  const port = redirected.get(Number(options?.port));
  if (options && port !== undefined) options.port = port;
  return connect.call(this, ...args);
};
