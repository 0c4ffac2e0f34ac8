/** A TCP link to a server that a test can cut, stall and restore, as a broken network or a stopped server would. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface TcpLink {
  readonly port: number;
  /** Ends what is connected and refuses what comes. */
  cut(): Promise<void>;
  /** Takes connections, but nothing comes through any more, either way. */
  stall(): void;
  restore(): Promise<void>;
}

export async function openLink(host: string, port: number): Promise<TcpLink> {
  let stalled = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (!stalled) to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  const listen = (at: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(at, '127.0.0.1', resolve);
    });
  await listen(0);
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the link has no port');
  const own = address.port;
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: own,
    cut: async () => {
      const closed = new Promise((resolve) => {
        server.close(resolve);
      });
      dropAll();
      await closed;
    },
    stall: () => {
      stalled = true;
    },
    restore: async () => {
      if (stalled) dropAll();
      stalled = false;
      if (!server.listening) await listen(own);
    },
  };
}
