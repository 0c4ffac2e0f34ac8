/** What Connect's client makes of answers that are lost or late: a worker that has much to do gives them, and no test can make one do so. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';

const EXISTS = '{"error_code":409,"message":"Connector c already exists"}';
const LATE = '{"error_code":500,"message":"Request timed out"}';

/** Asks a server that gives these answers, one after the other. */
async function createAgainst(
  answers: ReadonlyArray<readonly [status: number, body: string]>,
): Promise<unknown> {
  const left = [...answers];
  const server = createServer((_request, response) => {
    const [status, body] = left.shift() ?? [404, '{}'];
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  try {
    return await createConnectClient(`http://127.0.0.1:${port}`)
      .createStopped('c', {})
      .then(
        () => 'made',
        (error: unknown) => String(error),
      );
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('a connector that was made by a try whose answer came too late is made', async () => {
  expect(
    await createAgainst([
      [500, LATE],
      [409, EXISTS],
    ]),
  ).toBe('made');
});

test('one that was there before any try is somebody else’s', async () => {
  expect(
    await createAgainst([
      [409, EXISTS],
      [404, '{}'],
    ]),
  ).toContain('404');
});

test('a name and a password in the address are sent as such, and no message shows them', async () => {
  const heads: Array<string | undefined> = [];
  const server = createServer((request, response) => {
    heads.push(request.headers.authorization);
    response.writeHead(401, { 'content-type': 'application/json' }).end('{}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const client = createConnectClient(`http://me:s%3Acret@127.0.0.1:${port}`);
  await expect(client.restartFailed('c')).rejects.toThrow(/answered 401/);
  server.close();
  server.closeAllConnections();
  await expect(client.restartFailed('c')).rejects.not.toThrow(/cret/);
  await expect(createConnectClient(`http://:cret@127.0.0.1:${port}`).restartFailed('c')).rejects.not.toThrow(
    /cret/,
  );
  expect(heads).toEqual([`Basic ${Buffer.from('me:s:cret').toString('base64')}`]);
});

/** Hands over the addresses of a worker that answers and of one that is gone. */
async function withOneGone(work: (there: string, away: string) => Promise<void>): Promise<void> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"c"}');
  });
  const gone = createServer();
  for (const each of [server, gone])
    await new Promise<void>((resolve) => {
      each.listen(0, '127.0.0.1', resolve);
    });
  const addressOf = (each: typeof server): string =>
    `http://127.0.0.1:${(each.address() as AddressInfo).port}`;
  const [there, away] = [addressOf(server), addressOf(gone)];
  gone.close();
  try {
    await work(there, away);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('of several workers one that does not answer is not the last word', () =>
  withOneGone(async (there, away) => {
    expect(await createConnectClient(`${away},${there}`).config('c')).toEqual({ name: 'c' });
    expect(await createConnectClient(`${away},${there}`).delete('c')).toBe(true);
    await expect(createConnectClient(`${away},${away}`).config('c')).rejects.toThrow(/does not answer/);
  }));

test('of calls at once that meet a worker that is gone, each goes on at the next', () =>
  withOneGone(async (there, away) => {
    const client = createConnectClient(`${away},${there}`);
    const all = await Promise.all(['c', 'c', 'c', 'c'].map((name) => client.config(name)));
    expect(all).toEqual(all.map(() => ({ name: 'c' })));
  }));
