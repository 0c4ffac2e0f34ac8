/** The verbs that act on a running system: connectors, register, migrate. Each says as JSON what is so when it has ended. */
import { afterAll, describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { loadApplication } from '../../services/shared/application.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import { connectorName } from '../../services/shared/stream-names.ts';
import { jsonOf, linesOf, runCli } from '../support/cli.ts';
import { resumeConnector } from '../support/connector-control.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';
import { after, command, newEmail, read } from '../support/system-client.ts';

const name = connectorName(profile.stream);
const running = {
  name,
  connector: { state: 'RUNNING' },
  tasks: [{ id: 0, state: 'RUNNING' }],
  failure: null,
};
const paused = { name, connector: { state: 'PAUSED' }, tasks: [{ id: 0, state: 'PAUSED' }], failure: null };

describe('readside connectors', () => {
  afterAll(() => resumeConnector(profile.stream));

  test('status says what Connect runs', async () => {
    const result = await runCli(['connectors', 'status', '--json'], testDataDir());
    expect(result.code).toBe(0);
    expect(jsonOf(result)).toMatchObject([running]);
    const screen = await runCli(['connectors', 'status', profile.stream], testDataDir());
    expect(screen).toMatchObject({ code: 0, stderr: '', stdout: `${name} RUNNING (task 0 RUNNING)\n` });
  });

  test('pause and resume have happened when the command ends', async () => {
    const stopped = await runCli(['connectors', 'pause', '--json'], testDataDir());
    expect(stopped.code).toBe(0);
    expect(jsonOf(stopped)).toMatchObject([paused]);
    const status = await runCli(['status', '--json'], testDataDir());
    expect(status.code).toBe(3);
    expect(jsonOf(status)).toMatchObject({
      state: 'stalled',
      projections: [{ text: expect.stringContaining('the connector is PAUSED: readside connectors resume') }],
    });
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Held back' });
    expect((await read(`/profiles/${created.id}`, after(created, 0))).freshness['stale']).toBe('?1');

    const resumed = await runCli(['connectors', 'resume', '--json'], testDataDir());
    expect(resumed.code).toBe(0);
    expect(jsonOf(resumed)).toMatchObject([running]);
    expect((await read(`/profiles/${created.id}`, after(created))).freshness['stale']).toBe('?0');
  });

  test('restart runs it again, and changes still arrive', async () => {
    const result = await runCli(['connectors', 'restart', profile.stream, '--json'], testDataDir());
    expect(result.code).toBe(0);
    expect(jsonOf(result)).toMatchObject([running]);
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'After' });
    expect((await read(`/profiles/${created.id}`, after(created))).freshness['stale']).toBe('?0');
  });

  test.each(['status', 'delete'])('%s of an unknown stream is a wrong argument', async (verb) => {
    const result = await runCli(['connectors', verb, 'nope'], testDataDir());
    expect(result.code).toBe(2);
    expect(linesOf(result)).toEqual(['readside: there is no stream nope; there is profile']);
  });
});

describe('on a system that has it all', () => {
  test('register makes no topic, and ends with the connector running', async () => {
    // The run's system has those of the one read model that it runs.
    await runCli(['register'], testDataDir());
    const result = await runCli(['register', '--json'], testDataDir());
    expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 0, stderr: '' });
    expect(jsonOf(result)).toMatchObject({ topicsMade: [], connectors: [{ name }] });
    const screen = await runCli(['register'], testDataDir());
    expect(screen).toMatchObject({ code: 0, stdout: `${name} RUNNING (task 0 RUNNING)\n` });
  });

  test('migrate applies nothing, and readers of the source notice nothing', async () => {
    const { id } = await command('POST', '/users', { email: newEmail(), fullName: 'Reader' });
    const migrating = runCli(['migrate', '--json'], testDataDir());
    const statuses = new Set<number>();
    const done = new AbortController();
    void migrating.finally(() => done.abort());
    while (!done.signal.aborted) statuses.add((await read(`/profiles/${id}?consistency=source`)).status);
    const result = await migrating;
    expect(result.code).toBe(0);
    const views = (await loadProjections(await loadApplication())).map(({ sourceView }) => sourceView.name);
    expect(jsonOf(result)).toEqual({ applied: [], views });
    expect([...statuses]).toEqual([200]);
    expect(runningSystem().pids.readApi).not.toBeNull();
  });
});
