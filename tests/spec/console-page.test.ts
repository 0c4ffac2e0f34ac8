/** What the console's page computes, and what it says of commands, without a browser. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { verbOf } from '../../services/console/commands/verbs.ts';
import { commandOf } from '../../services/console/page/data/act-words.ts';
import { ageOfLook } from '../../services/console/page/data/age-of-look.ts';
import { announcementOf, NOTHING_SAID } from '../../services/console/page/data/announcement.ts';
import { createSplitter } from '../../services/console/page/data/split-events.ts';
import { addLook } from '../../services/console/page/data/series.ts';
import type { AllSeries } from '../../services/console/page/data/series.ts';
import { outcomeWords } from '../../services/console/page/data/audit-words.ts';
import { fieldsOf } from '../../services/console/page/views/document-values.ts';
import { foundWords } from '../../services/console/page/data/verdict-words.ts';
import { causesBeyond } from '../../services/console/page/views/told-causes.ts';
import { outcomeOf } from '../../services/console/page/data/job-words.ts';
import { stagesOf } from '../../services/console/page/views/stages.ts';
import type { Act } from '../../services/shared/acts.ts';
import type { Job } from '../../services/shared/job.ts';
import type { PlacedCause, ProjectionReport, StatusReport } from '../../services/shared/status-report.ts';

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

/** Of a document: what a shell would take apart, or run. */
const HOSTILE = `--all a'b "$(date)" \`id\` *;~&\\`;

describe('acts', () => {
  const acts: readonly Act[] = [
    { act: 'rebuild', params: { projection: 'things' } },
    { act: 'rebuild', params: { projection: 'things', keepOld: '1h' } },
    { act: 'rebuild-abort', params: { projection: 'things' } },
    { act: 'rollback', params: { projection: 'things' } },
    { act: 'verify', params: { projection: 'things' } },
    { act: 'verify', params: { projection: 'things', all: true, repair: true } },
    { act: 'repair', params: { projection: 'things', id: 'a' } },
    { act: 'repair', params: { projection: 'things', id: HOSTILE } },
    { act: 'connector-restart', params: { stream: 'things' } },
    { act: 'connector-pause', params: { stream: 'things' } },
    { act: 'connector-resume', params: { stream: 'things' } },
    { act: 'projection-start', params: { projection: 'things' } },
    { act: 'projection-stop', params: { projection: 'things' } },
    { act: 'projection-pause', params: { projection: 'things' } },
    { act: 'projection-resume', params: { projection: 'things' } },
    { act: 'dlq-retry', params: { projection: 'things', user: 'a' } },
    { act: 'dlq-retry', params: { projection: 'things', user: HOSTILE } },
    { act: 'dlq-retry', params: { projection: 'things', all: true } },
    { act: 'dlq-discard', params: { projection: 'things', letter: '1:2' } },
    { act: 'register', params: {} },
  ];

  test.each(acts)('the page shows the command that the console runs: $act $params', (act) => {
    const run = verbOf(act).args.filter((arg) => arg !== '--json');
    expect(understood(asAShellReads(commandOf(act)))).toEqual(understood(run));
  });

  test('a command that is shown is one that a shell leaves as it is', () => {
    expect(commandOf({ act: 'repair', params: { projection: 'things', id: `it's` } })).toBe(
      `readside repair --projection things -- 'it'\\''s'`,
    );
  });
});

/** The arguments behind `readside` that a shell would make of it. */
function asAShellReads(command: string): readonly string[] {
  const printed = execFileSync('sh', ['-c', `readside() { printf '%s\\0' "$@"; }; ${command}`], {
    encoding: 'utf8',
  });
  return printed.split('\0').slice(0, -1);
}

/** What the command takes them for: its options by name, and the rest in order. */
function understood(args: readonly string[]): unknown {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  const options = { 'keep-old': text, projection: text, user: text, letter: text, all: flag, repair: flag };
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...options, abort: flag, yes: flag },
    allowPositionals: true,
  });
  return { values: { ...values }, positionals };
}

describe('the audit trail', () => {
  test('tells what became of an act on the whole, and of one that failed', () => {
    expect(outcomeWords({ told: '4 documents rebuilt' })).toBe('4 documents rebuilt');
    expect(outcomeWords({ told: 'failed: Postgres does not answer' })).toBe(
      'failed: Postgres does not answer',
    );
    expect(outcomeWords(null)).toBe('its end is not known');
  });

  test('counts what an act on documents did', () => {
    const none = { healed: 0, failing: 0, applied: 0, discarded: 0 };
    expect(outcomeWords({ ...none, healed: 1, applied: 2 })).toBe('1 healed, 2 applied');
    expect(outcomeWords({ ...none, again: 7 })).toBe('7 delivered again');
    expect(outcomeWords(none)).toBe('nothing changed');
  });
});

test('how an act ended is told by its figures', () => {
  const job: Job = {
    id: 'a',
    act: 'verify',
    params: { projection: 'things' },
    by: 'somebody',
    state: 'done',
    begun: new Date(0).toISOString(),
    ended: new Date(1).toISOString(),
    exitCode: 0,
    progress: null,
    figures: { compared: 2, wrong: 1, repaired: 1 },
    message: null,
  };
  expect(outcomeOf(job)).toBe('done: 2 documents compared, 1 wrong, 1 repaired');
  expect(outcomeOf({ ...job, act: 'register', params: {}, figures: null })).toBe('done');
});

describe('a screen reader', () => {
  const stalled = (seconds: number, code: PlacedCause['code'] = 'nothing-proven'): StatusReport => {
    const cause = { code, stage: 'connect', text: `nothing came for ${seconds} s`, remedy: '' } as const;
    return report(projection({ state: 'stalled', text: `stalled because ${cause.text}`, causes: [cause] }));
  };

  test('is told of a standstill once, however its figures grow, and of the next thing', () => {
    const first = announcementOf(stalled(9), NOTHING_SAID);
    expect(first.words).toBe('stalled because nothing came for 9 s');
    expect(announcementOf(stalled(10), first)).toBe(first);
    const other = announcementOf(stalled(11, 'slot-inactive'), first);
    expect(other.words).toContain('11 s');
    expect(announcementOf(report(projection()), other).words).toBe('up to date');
  });

  test('is told of a document whether it is right, and not all of it', () => {
    const source = { state: 'wrong', kind: 'different', fields: [{ path: 'a', expected: '1', found: '2' }] };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is told of it
    const found = { kind: 'here', value: { id: 'x', source } } as unknown as Parameters<typeof foundWords>[0];
    expect(foundWords(found)).toBe('x: not what SQL says: it is different at 1 place');
    expect(foundWords({ kind: 'failed', why: 'no such document' })).toBe('no such document');
  });
});

test('a look that was kept for whoever comes is as old as it is', () => {
  const at = '2026-11-27T02:00:00.500Z';
  expect(ageOfLook(at, 'Fri, 27 Nov 2026 02:00:20 GMT')).toBe(19_500);
  expect(ageOfLook(at, 'Fri, 27 Nov 2026 02:00:00 GMT')).toBe(0);
  expect(ageOfLook(at, null)).toBe(0);
});

test('what heals two read models alike has one button, in the headline', () => {
  const held: PlacedCause = {
    code: 'connector-held',
    stage: 'connect',
    text: 'the connector is PAUSED',
    remedy: '',
    act: { act: 'connector-resume', params: { stream: 'things' } },
  };
  const stopped = (name: string): PlacedCause => ({
    code: 'projector-stopped',
    stage: 'projector',
    text: 'its projector was stopped',
    remedy: '',
    act: { act: 'projection-start', params: { projection: name } },
  });
  const worst = projection({ state: 'stalled', causes: [held, stopped('things')] });
  const other = projection({ projection: 'others', state: 'stalled', causes: [held, stopped('others')] });
  expect(causesBeyond(other, worst)).toEqual([stopped('others')]);
  expect(causesBeyond(worst, undefined)).toEqual([held, stopped('things')]);
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
