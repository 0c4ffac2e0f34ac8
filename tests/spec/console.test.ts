/** The console's pure parts: what acts become, lines that come in pieces, the graphs' minutes, and what slow browsers are sent. */
import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Ajv } from 'ajv';
import pino from 'pino';
import type { Act } from '../../services/shared/acts.ts';
import { figuresOf } from '../../services/console/commands/figures.ts';
import { createJobs } from '../../services/console/commands/jobs.ts';
import type { Readside } from '../../services/console/commands/readside.ts';
import { createLines } from '../../services/console/commands/lines.ts';
import { ActSchema, verbOf } from '../../services/console/commands/verbs.ts';
import { createHistory } from '../../services/console/live/history.ts';
import { createHub } from '../../services/console/live/hub.ts';
import type { StatusReport } from '../../services/shared/status-report.ts';

const fits = new Ajv({ strict: true, discriminator: true }).compile<Act>(ActSchema);

const ACTS: ReadonlyArray<readonly [Act, string]> = [
  [
    { act: 'rebuild', params: { projection: 'profile', keepOld: '1h' } },
    'rebuild --keep-old=1h --json -- profile',
  ],
  [{ act: 'rebuild', params: { projection: 'profile' } }, 'rebuild --json -- profile'],
  [{ act: 'rebuild-abort', params: { projection: 'profile' } }, 'rebuild --abort --json -- profile'],
  [{ act: 'rollback', params: { projection: 'profile' } }, 'rollback --json -- profile'],
  [{ act: 'projection-pause', params: { projection: 'profile' } }, 'projections pause --json -- profile'],
  [
    { act: 'verify', params: { projection: 'profile', all: true, repair: true } },
    'verify --all --repair --json -- profile',
  ],
  [
    { act: 'repair', params: { projection: 'profile', id: 'a b' } },
    'repair --projection=profile --json -- a b',
  ],
  [{ act: 'connector-restart', params: { stream: 'profile' } }, 'connectors restart --json -- profile'],
  [
    { act: 'dlq-retry', params: { projection: 'profile', user: '7' } },
    'dlq retry --projection=profile --user=7 --json',
  ],
  [
    { act: 'dlq-retry', params: { projection: 'profile', all: true } },
    'dlq retry --projection=profile --all --json',
  ],
  [
    { act: 'dlq-discard', params: { projection: 'profile', letter: '3:41' } },
    'dlq discard --projection=profile --letter=3:41 --yes --json',
  ],
  [{ act: 'register', params: {} }, 'register --json'],
];

const WITH_TEXT: ReadonlyArray<(text: string) => Act> = [
  (projection) => ({ act: 'verify', params: { projection } }),
  (id) => ({ act: 'repair', params: { projection: 'profile', id } }),
  (user) => ({ act: 'dlq-retry', params: { projection: 'profile', user } }),
  (letter) => ({ act: 'dlq-discard', params: { projection: 'profile', letter } }),
  (keepOld) => ({ act: 'rebuild', params: { projection: 'profile', keepOld } }),
  (stream) => ({ act: 'connector-pause', params: { stream } }),
];

describe('an act', () => {
  test.each(ACTS)('%j is one command', (act, command) => {
    expect(fits(act)).toBe(true);
    expect(verbOf(act).args.join(' ')).toBe(command);
  });

  test('has no parameter that becomes an option, a second argument or another file', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom('--all', '-h', '--', '../x', '/x.js', 'a\n--all', 'a\0', ' ', '', 'x.ts', '--data=/x'),
      fc.string().map((text) => `--${text}`),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        for (const actOf of WITH_TEXT) {
          if (!fits(actOf(text))) continue;
          expect(text).not.toMatch(/^-|\p{Cc}/u);
          const args = verbOf(actOf('sample')).args.map((each) => each.replace('sample', () => text));
          expect(verbOf(actOf(text)).args).toEqual(args);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('is kept from running beside one that it would disturb', () => {
    const lane = (act: Act): string | null => verbOf(act).lane;
    const rebuild = lane({ act: 'rebuild', params: { projection: 'profile' } });
    expect(lane({ act: 'dlq-retry', params: { projection: 'profile', all: true } })).toBe(rebuild);
    expect(lane({ act: 'rebuild', params: { projection: 'insights' } })).not.toBe(rebuild);
    expect(lane({ act: 'projection-pause', params: { projection: 'profile' } })).not.toBe(rebuild);
  });
});

test('lines are the same in whatever pieces they come, and one that is too long is told and passed over', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-zäß€]{1,12}$/u), { minLength: 1 }),
      fc.integer({ min: 1, max: 9 }),
      (lines, size) => {
        const seen: string[] = [];
        const take = createLines(
          100,
          (line) => void seen.push(line),
          () => expect(lines).toBe('short'),
        );
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        for (let at = 0; at < bytes.length; at += size) take(bytes.subarray(at, at + size));
        expect(seen).toEqual(lines);
      },
    ),
  );
  const seen: string[] = [];
  let tooLong = 0;
  const take = createLines(
    10,
    (line) => void seen.push(line),
    () => void (tooLong += 1),
  );
  for (const piece of ['a\n', 'x'.repeat(8), 'x'.repeat(8), 'x'.repeat(40), '\nb\n'])
    take(Buffer.from(piece));
  expect({ seen, tooLong }).toEqual({ seen: ['a', 'b'], tooLong: 1 });
});

describe('what an act printed', () => {
  test('is told by its figures', () => {
    expect(
      figuresOf('verify', { compared: 3, wrong: [{ id: 'a' }], repairs: [{ id: 'a' }, { id: 'b' }] }),
    ).toEqual({ compared: 3, wrong: 1, repaired: 2 });
    expect(figuresOf('rebuild', { copied: 7, verified: 6 })).toEqual({ copied: 7, verified: 6 });
    const letters = [
      { state: 'healed', applied: 2 },
      { state: 'failing', applied: 1 },
    ];
    expect(figuresOf('dlq-retry', letters)).toEqual({ healed: 1, applied: 3 });
    expect([figuresOf('register', {}), figuresOf('verify', undefined)]).toEqual([null, null]);
  });

  test('is not sent to the browsers, however long it is', async () => {
    const wrong = Array.from({ length: 2000 }, (_, n) => ({ id: `document ${n}`, kind: 'different' }));
    const printed = Buffer.from(JSON.stringify({ compared: 5000, wrong }));
    const readside: Readside = {
      start({ onOutput }) {
        onOutput(printed);
        const ended = Promise.resolve({ code: 1, signal: null, lastLine: 'readside: 2000 are wrong' });
        return { pid: null, ended, interrupt: () => undefined, kill: () => undefined };
      },
      stop: () => Promise.resolve(),
    };
    const told = await new Promise<string>((resolve) => {
      const jobs = createJobs(readside, (all) => resolve(JSON.stringify(all)), pino({ level: 'silent' }));
      jobs.begin({ act: 'verify', params: { projection: 'profile' } }, 'somebody');
    });
    expect(JSON.parse(told)).toMatchObject([{ state: 'failed', figures: { compared: 5000, wrong: 2000 } }]);
    expect(told.length).toBeLessThan(1000);
  });
});

describe('the last minutes', () => {
  const at = (second: number): string => new Date(second * 1000).toISOString();
  const report = (second: number, p99Ms: number | null, rate: number): StatusReport =>
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the graphs show of it
    ({
      at: at(second),
      projections: [
        {
          projection: 'profile',
          staleness: { saved: 1, p50Ms: 1, p99Ms },
          trend: { writtenPerSecond: 0, appliedPerSecond: rate, clearInSeconds: 0 },
          lag: { error: 'not known' },
        },
      ],
      streams: [],
    }) as unknown as StatusReport;

  test('keep the worst of an interval and the mean of rates, and nothing older', () => {
    const history = createHistory(10_000, 3000);
    for (const [second, p99, rate] of [
      [30, 5, 10],
      [31, 50, 20],
      [32, null, 30],
      [33, 7, 40],
    ] as const)
      history.add(report(second, p99, rate));
    expect(history.report()).toMatchObject({
      at: [at(30), at(33)],
      projections: { profile: { p99Ms: [50, 7], appliedPerSecond: [20, 40], lagSeconds: [null, null] } },
    });
    history.addGap(new Date(38_000));
    history.add(report(42, 1, 1));
    expect(history.report()).toMatchObject({
      at: [at(33), at(38), at(42)],
      projections: { profile: { p99Ms: [7, null, 1] } },
    });
  });
});

describe('a browser', () => {
  const answer = (): ServerResponse => new ServerResponse(new IncomingMessage(new Socket()));
  const hubOf = (mostWatchers = 2) => createHub({ mostWatchers, heartbeatMs: 60_000 });

  test('that comes is told the latest of each, and what is forgotten to nobody', () => {
    const hub = hubOf();
    hub.publish('gone', { why: 'x' });
    hub.publish('status', 1);
    hub.publish('status', 2);
    hub.forget('gone');
    const stream = hub.open(answer(), Infinity);
    expect(String(stream?.read())).toBe('event: status\ndata: 2\n\n');
    expect(stream?.read()).toBeNull();
    hub.stop();
  });

  test('that reads slowly is sent the latest alone, and nothing queues up for it', () => {
    const hub = hubOf();
    const stream = hub.open(answer(), Infinity);
    for (let i = 0; i < 10_000; i++) hub.publish('status', i);
    hub.publish('jobs', []);
    expect(stream?.readableLength).toBeLessThan(100);
    const read = [stream?.read(), stream?.read(), stream?.read(), stream?.read()].map(String).join('');
    expect(read.match(/event: status/g)?.length).toBeLessThanOrEqual(2);
    expect(read).toContain('data: 9999\n');
    hub.stop();
  });

  test('is told nothing more when its token has expired', async () => {
    const hub = createHub({ mostWatchers: 1, heartbeatMs: 10 });
    const stream = hub.open(answer(), Date.now() + 50)?.resume();
    if (stream) await once(stream, 'end');
    expect(stream?.readableEnded).toBe(true);
    hub.stop();
  });

  test('more than there may be is refused, until one goes', async () => {
    const hub = hubOf(1);
    const first = hub.open(answer(), Infinity);
    expect(hub.open(answer(), Infinity)).toBeNull();
    first?.destroy();
    if (first) await once(first, 'close');
    expect(hub.open(answer(), Infinity)).not.toBeNull();
    hub.stop();
  });
});
