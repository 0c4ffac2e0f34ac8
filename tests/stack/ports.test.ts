import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { chooseStackPorts, isFree } from '../../stack/ports.ts';
import { eventLog, temporaryFolder } from './support.ts';

async function occupy(port: number, host = '127.0.0.1'): Promise<Server> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  return server;
}

test('ports are all different, free, and the same at the next start', async () => {
  const dataDir = temporaryFolder();
  const first = await chooseStackPorts(dataDir, 'ephemeral', eventLog().onEvent);
  expect(new Set(Object.values(first)).size).toBe(5);
  expect(await chooseStackPorts(dataDir, 'ephemeral', eventLog().onEvent)).toEqual(first);
  // Where the kernel takes the ports of outgoing connections from, a client could sit on ours while a server restarts.
  expect(Math.max(...Object.values(first))).toBeLessThan(32_768);
});

test('a port that is taken is replaced, which is reported and remembered', async () => {
  const dataDir = temporaryFolder();
  const first = await chooseStackPorts(dataDir, 'ephemeral', eventLog().onEvent);
  const squatter = await occupy(first.mongod);
  try {
    const events = eventLog();
    const second = await chooseStackPorts(dataDir, 'ephemeral', events.onEvent);
    expect(second.mongod).not.toBe(first.mongod);
    expect({ ...second, mongod: first.mongod }).toEqual(first);
    expect(events.all('port')).toEqual([
      { type: 'port', name: 'mongod', wanted: first.mongod, port: second.mongod },
    ]);
    expect(await chooseStackPorts(dataDir, 'ephemeral', eventLog().onEvent)).toEqual(second);
  } finally {
    squatter.close();
  }
});

test('by default the next free port above a taken one is used', async () => {
  const dataDir = temporaryFolder();
  const first = await chooseStackPorts(dataDir, 'defaults', eventLog().onEvent);
  const squatter = await occupy(first.postgres);
  try {
    const second = await chooseStackPorts(dataDir, 'defaults', eventLog().onEvent);
    expect(second.postgres).toBeGreaterThan(first.postgres);
    expect(second.postgres).toBeLessThan(first.postgres + 200);
  } finally {
    squatter.close();
  }
});

test('a port that somebody has on all addresses is not free', async () => {
  const { kafka } = await chooseStackPorts(temporaryFolder(), 'ephemeral', eventLog().onEvent);
  const squatter = await occupy(kafka, '0.0.0.0');
  expect(await isFree(kafka)).toBe(false);
  squatter.close();
  await once(squatter, 'close');
  expect(await isFree(kafka)).toBe(true);
});
