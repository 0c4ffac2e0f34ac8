/** A TCP link to a server that a test can cut, stall and restore, as a broken network or a stopped server would. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface TcpLink {
  readonly port: number;
  /** Ends what is connected and refuses what comes. */
  cut(): Promise<void>;
  /** Takes connections, but nothing comes through any more, either way. */
  stall(): void;
  /** Ends what is connected with a RST, as a firewall or a crashed host does; takes new connections. */
  reset(): void;
  /** From now on: each chunk in pieces of so many bytes, each piece held back for so long. null: as it comes. */
  shape(shape: Shape | null): void;
  restore(): Promise<void>;
}

export interface Shape {
  readonly sliceBytes: number;
  readonly delayMs: number;
}

export async function openLink(host: string, port: number): Promise<TcpLink> {
  let stalled = false;
  let shaped: Shape | null = null;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, host);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      let held = Promise.resolve();
      let holding = 0;
      from.on('data', (chunk: Buffer) => {
        if (stalled) return;
        // What follows a piece that is held back must not overtake it.
        if (shaped === null && holding === 0) return void to.write(chunk);
        const shape = shaped ?? { sliceBytes: chunk.length, delayMs: 0 };
        holding += 1;
        held = held.then(() => passSlowly(chunk, to, shape)).finally(() => (holding -= 1));
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
    reset: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    shape: (shape) => {
      shaped = shape;
    },
    restore: async () => {
      if (stalled) dropAll();
      stalled = false;
      if (!server.listening) await listen(own);
    },
  };
}

async function passSlowly(chunk: Buffer, to: Socket, { sliceBytes, delayMs }: Shape): Promise<void> {
  for (let start = 0; start < chunk.length && to.writable; start += sliceBytes) {
    if (delayMs > 0) await sleep(delayMs);
    to.write(chunk.subarray(start, start + sliceBytes));
  }
}
