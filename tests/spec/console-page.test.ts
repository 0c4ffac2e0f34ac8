/** What the console's page computes, and what it says of commands, without a browser. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { verbOf } from '../../services/console/commands/verbs.ts';
import { commandOf } from '../../services/console/page/data/act-words.ts';
import { createSplitter } from '../../services/console/page/data/split-events.ts';
import { addLook } from '../../services/console/page/data/series.ts';
import type { AllSeries } from '../../services/console/page/data/series.ts';
import { fieldsOf } from '../../services/console/page/views/document-values.ts';
import { stagesOf } from '../../services/console/page/views/stages.ts';
import type { Act } from '../../services/shared/acts.ts';
import type { ProjectionReport, StatusReport } from '../../services/shared/status-report.ts';

const PAGE = fileURLToPath(new URL('../../services/console/page/', import.meta.url));

function projection(news: Partial<ProjectionReport> = {}): ProjectionReport {
  return {
    projection: 'things',
    stream: 'things',
    collection: 'things',
    state: 'up-to-date',
    text: 'up to date',
    causes: [],
    warnings: [],
    version: 1,
    built: 1,
    projectors: 1,
    pid: 1,
    stopped: false,
    pausedAt: null,
    lag: { events: 0, bytes: 0, seconds: 0, asOf: null, partitions: [] },
    documents: { live: 1, pending: 0, tombstones: 0 },
    quarantined: 0,
    verified: null,
    rebuild: null,
    kept: null,
    ...news,
  };
}

const SERVERS = ['postgres', 'connect', 'kafka', 'mongod', 'writeApi', 'readApi'];

function report(each: ProjectionReport, at = new Date(0).toISOString()): StatusReport {
  return {
    at,
    state: each.state,
    headline: each.text,
    servers: SERVERS.map((name) => ({ name, pid: null, up: true })),
    streams: [],
    projections: [each],
  };
}

describe('the pipeline', () => {
  const stagesWith = (causes: ProjectionReport['causes']): readonly string[] => {
    const stalled = projection({ state: 'stalled', causes });
    return stagesOf(report(stalled), stalled).map(({ state }) => state);
  };

  test('shows the stage that stands still, and all behind it as waiting', () => {
    expect(
      stagesWith([{ code: 'kafka-down', stage: 'kafka', text: 'kafka does not answer', remedy: '' }]),
    ).toEqual(['flowing', 'flowing', 'flowing', 'stalled', 'waiting', 'waiting', 'waiting']);
  });

  test('tells what somebody has held from what has failed', () => {
    const held = { code: 'connector-held', stage: 'connect', text: 'PAUSED', remedy: '' } as const;
    expect(stagesWith([held])[2]).toBe('paused');
    expect(stagesWith([{ ...held, code: 'connector-failed' }])[2]).toBe('stalled');
  });

  test('needs no write API for changes to flow', () => {
    const down = { code: 'write-api-down', stage: 'writeApi', text: 'down', remedy: '' } as const;
    expect(stagesWith([down])).toEqual(['stalled', ...Array.from({ length: 6 }, () => 'flowing')]);
  });

  test('is up to date when nothing is the matter', () => {
    const fine = projection();
    expect(new Set(stagesOf(report(fine), fine).map(({ state }) => state))).toEqual(new Set(['flowing']));
  });
});

describe('acts', () => {
  const acts: readonly Act[] = [
    { act: 'rebuild', params: { projection: 'things' } },
    { act: 'rebuild', params: { projection: 'things', keepOld: '1h' } },
    { act: 'rebuild-abort', params: { projection: 'things' } },
    { act: 'rollback', params: { projection: 'things' } },
    { act: 'verify', params: { projection: 'things' } },
    { act: 'verify', params: { projection: 'things', all: true, repair: true } },
    { act: 'repair', params: { projection: 'things', id: 'a' } },
    { act: 'connector-restart', params: { stream: 'things' } },
    { act: 'connector-pause', params: { stream: 'things' } },
    { act: 'connector-resume', params: { stream: 'things' } },
    { act: 'projection-start', params: { projection: 'things' } },
    { act: 'projection-stop', params: { projection: 'things' } },
    { act: 'projection-pause', params: { projection: 'things' } },
    { act: 'projection-resume', params: { projection: 'things' } },
    { act: 'dlq-retry', params: { projection: 'things', user: 'a' } },
    { act: 'dlq-retry', params: { projection: 'things', all: true } },
    { act: 'dlq-discard', params: { projection: 'things', user: 'a' } },
    { act: 'dlq-discard', params: { projection: 'things', letter: '1:2' } },
    { act: 'register', params: {} },
  ];

  test.each(acts)('the page shows the command that the console runs: $act $params', (act) => {
    const run = verbOf(act)
      .args.filter((arg) => arg !== '--json' && arg !== '--')
      .flatMap((arg) => (arg.startsWith('--') ? arg.split('=') : [arg]));
    expect(commandOf(act).split(' ').slice(1).toSorted()).toEqual(run.toSorted());
  });
});

test('events are put together however they were cut', () => {
  const text = ': hello\n\nevent: status\ndata: {"a":\ndata: 1}\n\nevent: jobs\r\ndata: []\r\n\r\n';
  for (let size = 1; size < text.length; size++) {
    const heard: string[] = [];
    const split = createSplitter((name, data) => heard.push(`${name} ${data}`));
    for (let at = 0; at < text.length; at += size) split(text.slice(at, at + size));
    expect(heard).toEqual(['status {"a":\n1}', 'jobs []']);
  }
});

test('graphs keep fifteen minutes and no more, and draw no line over a gap', () => {
  const all: AllSeries = new Map();
  const look = (second: number): void =>
    addLook(all, report(projection(), new Date(second * 1000).toISOString()));
  for (let second = 1; second <= 2000; second++) look(second);
  const series = all.get('things');
  expect(series?.at.length).toBe(900);
  expect(series?.lines.lagEvents.length).toBe(900);
  look(2000);
  expect(series?.at.length).toBe(900);
  look(2060);
  expect(series?.lines.lagEvents.slice(-3)).toEqual([0, null, 0]);
  expect(series?.at[0]).toBeGreaterThanOrEqual(2060 - 900);
});

test('a value is found at its path, a key with a dot too; what differs is marked', () => {
  const origin = null;
  const fields = fieldsOf({
    id: 'a',
    phase: 'live',
    position: '0:1',
    changedAt: null,
    appliedAt: null,
    projectionVersion: 1,
    fields: [
      { path: 'name', table: 'things', row: null, origin },
      { path: 'parts[1].size', table: 'parts', row: '7', origin },
      { path: 'options.a.b', table: 'options', row: 'a.b', origin },
    ],
    passedOver: [],
    quarantine: null,
    source: {
      state: 'wrong',
      kind: 'different',
      fields: [
        { path: 'name', expected: '"new"', found: '"old"' },
        { path: 'options.c', expected: '1', found: null },
      ],
    },
    topic: { name: 'things.changes', partition: 0, from: 0 },
    rows: {},
    changes: [],
    document: { name: 'old', parts: [{ size: 1 }, { size: 2 }], options: { 'a.b': true } },
  });
  expect(fields.map(({ path, value, difference }) => [path, value, difference?.expected ?? null])).toEqual([
    ['name', '"old"', '"new"'],
    ['parts[1].size', '2', null],
    ['options.a.b', 'true', null],
    ['options.c', null, '1'],
  ]);
});

test('index.html loads every module at once, and no other', () => {
  const html = readFileSync(join(PAGE, 'index.html'), 'utf8');
  const preloaded = [...html.matchAll(/<link rel="modulepreload" href="([^"]+)"/g)].map(
    ([, path = '']) => path,
  );
  const modules = new Set<string>();
  const collect = (file: string): void => {
    if (modules.has(file)) return;
    modules.add(file);
    const text = readFileSync(join(PAGE, file), 'utf8');
    const imports = text.matchAll(/^(?:import|export) (?!type\b)(?:[^;']*? from )?'(\.[^']+)';/gm);
    for (const [, path = ''] of imports) collect(normalize(join(dirname(file), path)));
  };
  collect('main.ts');
  const own = preloaded.filter((path) => !path.startsWith('/assets/'));
  const expected = [...modules]
    .filter((file) => file !== 'theme.ts')
    .map((file) => `/${file.replace(/ts$/, 'js')}`);
  expect(own.toSorted()).toEqual(expected.toSorted());
  for (const [, path = ''] of html.matchAll(/(?:href|src)="(\/(?!assets)[^"]+\.(?:css|svg))"/g))
    expect(existsSync(join(PAGE, path))).toBe(true);
});
