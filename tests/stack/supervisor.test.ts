import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createBackoff } from '../../stack/backoff.ts';
import { supervise, type SuperviseOptions, type Supervised } from '../../stack/supervisor.ts';
import { waitFor } from '../../stack/wait.ts';
import { eventLog, isRunning, temporaryFolder, untilGone, type EventLog } from './support.ts';

const folder = temporaryFolder();
const logFile = join(folder, 'logs', 'child.log');
const runDir = join(folder, 'run');
const started: Supervised[] = [];

afterEach(async () => {
  for (const child of started.splice(0)) await child.stop();
});

function start(script: string, events: EventLog, more: Partial<SuperviseOptions> = {}): Supervised {
  const child = supervise({
    name: 'child',
    command: process.execPath,
    args: ['-e', script],
    env: {},
    cwd: '/',
    logFile,
    runDir,
    backoff: { firstMs: 20, maxMs: 200, resetAfterMs: 60_000 },
    onEvent: events.onEvent,
    ...more,
  });
  started.push(child);
  return child;
}

/** undefined: it has no further ones yet; of this process alone, where the system does not tell. */
function threadsOf(pid: number): readonly number[] | undefined {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return [pid];
  const threads = readdirSync(tasks).map(Number);
  return threads.length > 1 ? threads : undefined;
}

const stayUp = 'setInterval(() => undefined, 1000)';

describe('a supervised process', () => {
  test('is started again after kill -9, under a new pid, with growing delays', async () => {
    const events = eventLog();
    const child = start(stayUp, events);
    await child.ready;
    const pids = new Set<number>();
    for (let round = 1; round <= 4; round += 1) {
      await events.until('ready', round);
      const pid = child.pid() ?? 0;
      pids.add(pid);
      process.kill(pid, 'SIGKILL');
      await events.until('died', round);
    }
    await events.until('ready', 5);
    expect(pids.size).toBe(4);
    expect(events.all('died')[0]).toMatchObject({ code: null, signal: 'SIGKILL' });
    const delays = events.all('restarting').map((event) => event.delayMs);
    expect(delays[3]).toBeGreaterThan(delays[0] ?? Infinity);
    expect(Math.max(...delays)).toBeLessThanOrEqual(200);
  });

  test('has the precedence that it is given, with its session and every thread', async () => {
    const child = start(stayUp, eventLog(), { niceness: 7 });
    await child.ready;
    const pid = child.pid() ?? 0;
    expect(getPriority(pid)).toBe(7);
    const session = `/proc/${pid}/autogroup`;
    if (existsSync(session))
      await waitFor('the session', () => / nice 7\n/.test(readFileSync(session, 'utf8')) || undefined, {
        timeoutMs: 5000,
      });
    for (const thread of await waitFor('its threads', () => threadsOf(pid), { timeoutMs: 5000 }))
      expect(getPriority(thread)).toBe(7);
  });

  test('leaves nothing behind at stop, not even what it started itself', async () => {
    const events = eventLog();
    const script = `console.log(require('node:child_process').spawn(process.execPath, ['-e', '${stayUp}'], { stdio: 'ignore' }).pid); ${stayUp}`;
    const child = start(script, events, { logFile: join(folder, 'logs', 'parent.log') });
    await child.ready;
    const grandchild = await waitFor(
      'the grandchild',
      () => Number(readFileSync(join(folder, 'logs', 'parent.log'), 'utf8')) || undefined,
      { timeoutMs: 5000 },
    );
    const pid = child.pid() ?? 0;
    expect(isRunning(grandchild)).toBe(true);
    await child.stop();
    expect(isRunning(pid)).toBe(false);
    await untilGone(grandchild);
    expect(child.pid()).toBeNull();
    expect(readdirSync(runDir)).toEqual([]);
    expect(events.all('stopped')).toHaveLength(1);
    expect(events.all('died')).toHaveLength(0);
  });

  test('is killed when it ignores its stop signal past the deadline', async () => {
    const events = eventLog();
    const child = start(`process.on('SIGTERM', () => undefined); console.log('deaf'); ${stayUp}`, events, {
      stopTimeoutMs: 200,
      logFile: join(folder, 'logs', 'deaf.log'),
      ready: async (signal) => {
        await waitFor(
          'its handler',
          () => readFileSync(join(folder, 'logs', 'deaf.log'), 'utf8').includes('deaf'),
          { timeoutMs: 5000, signal },
        );
      },
    });
    await child.ready;
    const pid = child.pid() ?? 0;
    await child.stop();
    expect(isRunning(pid)).toBe(false);
  });

  test('is ended when it was stopped with SIGSTOP, and by its own stop signal', async () => {
    const child = start(stayUp, eventLog(), { stopSignal: 'SIGINT' });
    await child.ready;
    const pid = child.pid() ?? 0;
    process.kill(pid, 'SIGSTOP');
    await child.stop();
    expect(isRunning(pid)).toBe(false);
  });

  test('that dies before it was ever ready is given up, with the end of its log', async () => {
    const child = start("console.error('no such database'); process.exit(3)", eventLog(), {
      logFile: join(folder, 'logs', 'failing.log'),
      ready: async (signal) => {
        await waitFor('never', () => false, { timeoutMs: 10_000, signal });
      },
    });
    await expect(child.ready).rejects.toThrow(/no such database/);
    expect(child.pid()).toBeNull();
  });

  test('whose command does not exist fails at once', async () => {
    const child = start('', eventLog(), { command: '/no/such/command' });
    await expect(child.ready).rejects.toMatchObject({ name: 'ServerStartError', server: 'child' });
  });

  test('can be stopped while it waits for its restart, and does not come back', async () => {
    const events = eventLog();
    const child = start(stayUp, events, {
      backoff: { firstMs: 60_000, maxMs: 60_000, resetAfterMs: 60_000 },
    });
    await child.ready;
    process.kill(child.pid() ?? 0, 'SIGKILL');
    await events.until('restarting', 1);
    await child.stop();
    expect(events.all('starting')).toHaveLength(1);
  });
});

test('the backoff doubles to its cap, and starts anew after a good run', () => {
  const backoff = createBackoff({ firstMs: 100, maxMs: 1000, resetAfterMs: 5000 }, () => 0.9999);
  expect([0, 0, 0, 0, 0, 0].map((ran) => backoff.next(ran))).toEqual([100, 200, 400, 800, 1000, 1000]);
  expect(backoff.next(5000)).toBe(100);
});
