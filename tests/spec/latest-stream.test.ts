/** An answer that goes on, over real sockets: it ends when it must, whether somebody reads or not, and whoever takes nothing is dropped. */
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createLatestStream } from '../../services/shared/latest-stream.ts';
import type { LatestStream } from '../../services/shared/latest-stream.ts';
import { waitFor } from '../../stack/wait.ts';

const DEADLINE = { timeoutMs: 10_000, intervalMs: 2 };
const EVENT = `data: ${'x'.repeat(12_000)}\n\n`;
const SLOW_HEARTBEAT_MS = 60_000;

interface Opened {
  readonly stream: LatestStream;
  readonly response: ServerResponse;
  readonly socket: Socket;
  readonly text: () => string;
  readonly isClosed: () => boolean;
  readonly isOver: () => boolean;
}

let server: Server;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const each of sockets.splice(0)) each.destroy();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

async function open(heartbeatMs: number, until = Infinity): Promise<Opened> {
  let over = false;
  let begun: { readonly stream: LatestStream; readonly response: ServerResponse } | undefined;
  server = createServer((_request, response) => {
    const stream = createLatestStream({ response, heartbeatMs, until, onClose: () => (over = true) });
    stream.body.on('error', () => undefined);
    stream.body.pipe(response);
    begun = { stream, response };
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => (text += String(chunk)));
  socket.on('error', () => undefined); // it is cut: `isClosed` says so
  socket.on('close', () => (closed = true));
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const { stream, response } = await waitFor('the request', () => begun, DEADLINE);
  return { stream, response, socket, text: () => text, isClosed: () => closed, isOver: () => over };
}

/** So much that the kernel takes no more of it, and yet so little that the connection asks for more. */
async function fill({ stream, response, socket }: Opened): Promise<void> {
  socket.pause();
  let lastRoom = performance.now();
  await waitFor(
    'the connection to be full',
    () => {
      if (response.socket?.writableLength === 0) {
        stream.send('event', EVENT);
        lastRoom = performance.now();
      }
      return performance.now() - lastRoom > 100;
    },
    { ...DEADLINE, intervalMs: 0 },
  );
  expect(response.writableNeedDrain).toBe(false);
}

const cutOff = ({ response, isOver }: Opened): Promise<boolean> =>
  waitFor('the server to be free', () => response.destroyed && isOver(), DEADLINE);

test('of each kind the latest is told, in the order in which they came about', async () => {
  const opened = await open(SLOW_HEARTBEAT_MS);
  opened.stream.send('b', 'data: 0\n\n');
  opened.stream.send('a', 'data: 1\n\n');
  opened.stream.send('b', 'data: 2\n\n');
  await waitFor('the last', () => opened.text().includes('data: 2'), DEADLINE);
  opened.stream.end();
  opened.stream.send('a', 'data: 3\n\n');
  await waitFor('its end', opened.isClosed, DEADLINE);
  expect(opened.text().endsWith('\r\n0\r\n\r\n')).toBe(true);
  expect(opened.text()).not.toContain('data: 3');
  expect(opened.isOver()).toBe(true);
});

test('an end reaches whoever takes nothing: he is cut off within a moment', async () => {
  const opened = await open(SLOW_HEARTBEAT_MS);
  await fill(opened);
  const since = performance.now();
  opened.stream.end();
  expect(await cutOff(opened)).toBe(true);
  expect(performance.now() - since).toBeLessThan(3000);
});

test('and so does the end of his token', async () => {
  const opened = await open(SLOW_HEARTBEAT_MS, Date.now() + 2000);
  await fill(opened);
  expect(await cutOff(opened)).toBe(true);
});

test('whoever takes nothing for two heartbeats is dropped, though his connection asks for more', async () => {
  const opened = await open(200);
  await fill(opened);
  expect(await cutOff(opened)).toBe(true);
});

test('whoever takes little, but takes it, is not; nor is he for whom there is nothing', async () => {
  const opened = await open(500);
  await waitFor('heartbeats', () => opened.text().split(':\n\n').length > 3, DEADLINE);
  opened.socket.pause();
  const until = Date.now() + 3000;
  await waitFor(
    'six heartbeats',
    () => {
      // What has come, and no more: the rest waits in the kernel.
      opened.socket.read();
      // He is always behind.
      opened.stream.send('event', EVENT.repeat(100));
      return Date.now() > until || opened.isOver();
    },
    { ...DEADLINE, intervalMs: 20 },
  );
  expect(opened.isOver()).toBe(false);
});
