/** Bytes of an envelope → change event; whatever is no envelope is a ChangeError, never another error. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decode } from '../../services/projector/decode.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import { readRecording, toRawChange } from '../support/recorded.ts';

const recorded = readRecording('user-rows').messages[0];
const envelope = (): Record<string, unknown> =>
  JSON.parse(recorded?.value ?? '{}') as Record<string, unknown>;
const source = (): Record<string, unknown> => envelope()['source'] as Record<string, unknown>;

const KEY = Buffer.from('the key');
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value) ?? '');
const decodeValue = (value: unknown) => decode({ offset: 0, timestamp: 0, key: KEY, value: bytes(value) });

describe('an envelope', () => {
  test('as it was recorded', () => {
    const change = recorded && decode(toRawChange(recorded));
    expect(change).toEqual({
      table: 'users',
      op: 'c',
      key: recorded?.key,
      before: null,
      after: envelope()['after'],
      source: {
        lsn: source()['lsn'],
        txId: source()['txId'],
        committedAt: source()['ts_us'],
        snapshot: false,
      },
    });
    expect(Number.isSafeInteger(change?.source.committedAt)).toBe(true);
  });

  test('without a position in the WAL, and with its commit time in milliseconds only', () => {
    const { lsn: _lsn, txId: _txId, ts_us: _us, ts_ns: _ns, ...rest } = source();
    const change = decodeValue({ ...envelope(), source: { ...rest, ts_ms: 1_764_000_000_123 } });
    expect(change.source).toMatchObject({ lsn: null, txId: null, committedAt: 1_764_000_000_123_000 });
  });

  test.each([
    ['true', true],
    ['first', true],
    ['last', true],
    ['last_in_data_collection', true],
    ['incremental', true],
    ['false', false],
    [false, false],
    [null, false],
    [undefined, false],
  ])('snapshot %j means %j', (snapshot, expected) => {
    expect(decodeValue({ ...envelope(), source: { ...source(), snapshot } }).source.snapshot).toBe(expected);
  });

  test('a key of any characters is kept as text', () => {
    const key = 'ключ 🔑 "quoted"';
    expect(decode({ offset: 0, timestamp: 0, key: Buffer.from(key), value: bytes(envelope()) }).key).toBe(
      key,
    );
  });
});

describe('refused, and told why', () => {
  const cases: ReadonlyArray<readonly [string, Buffer | null, Buffer | null, string | RegExp]> = [
    ['no value (a Kafka tombstone)', KEY, null, 'the change has no value'],
    ['no key', null, bytes(envelope()), 'the change has no key'],
    ['an empty value', KEY, Buffer.alloc(0), 'the change is not JSON'],
    ['half a value', KEY, bytes(envelope()).subarray(0, 100), 'the change is not JSON'],
    ['binary', KEY, Buffer.from([0, 255, 254, 1]), 'the change is not JSON'],
    ['null', KEY, bytes(null), 'the change is null'],
    ['a list', KEY, bytes([envelope()]), 'envelope is not an object'],
    ['a string', KEY, bytes('c'), 'envelope is not an object'],
    ['no op', KEY, bytes({ ...envelope(), op: undefined }), 'the operation undefined cannot be projected'],
    ['TRUNCATE', KEY, bytes({ ...envelope(), op: 't' }), 'the operation "t" cannot be projected'],
    ['a logical message', KEY, bytes({ ...envelope(), op: 'm' }), 'the operation "m" cannot be projected'],
    ['an op that is no text', KEY, bytes({ ...envelope(), op: 1 }), 'the operation 1 cannot be projected'],
    ['before that is no object', KEY, bytes({ ...envelope(), before: 'x' }), 'before is not an object'],
    ['after that is a list', KEY, bytes({ ...envelope(), after: [] }), 'after is not an object'],
    ['no source', KEY, bytes({ ...envelope(), source: null }), 'the change does not name its table'],
    [
      'no table',
      KEY,
      bytes({ ...envelope(), source: { ...source(), table: 7 } }),
      'the change does not name its table',
    ],
    [
      'no commit time',
      KEY,
      bytes({ ...envelope(), source: { table: 'users' } }),
      'the change has no commit time',
    ],
    [
      'a commit time that is none',
      KEY,
      bytes({ ...envelope(), source: { ...source(), ts_us: 'now' } }),
      'the change has no commit time',
    ],
    [
      'a commit time outside what a date can say',
      KEY,
      bytes({ ...envelope(), source: { ...source(), ts_us: 1e300 } }),
      'the change has no commit time',
    ],
  ];

  test.each(cases)('%s', (_name, key, value, message) => {
    const act = () => decode({ offset: 0, timestamp: 0, key, value });
    expect(act).toThrow(ChangeError);
    expect(act).toThrow(message);
  });

  test('the error names no value of a row', () => {
    const half = bytes(envelope()).subarray(0, 400);
    let told = '';
    try {
      decode({ offset: 0, timestamp: 0, key: KEY, value: half });
    } catch (error) {
      told = String(error);
    }
    expect(told).toContain('not JSON');
    expect(told).not.toContain('@example.com');
  });

  test('any bytes and any JSON: a change event or a ChangeError, nothing else', () => {
    const anything = fc.oneof(
      fc.uint8Array().map((all) => Buffer.from(all)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({
          op: fc.oneof(fc.constantFrom('c', 'u', 'd', 'r', 't'), fc.jsonValue()),
          before: fc.jsonValue(),
          after: fc.jsonValue(),
          source: fc.oneof(fc.jsonValue(), fc.record({ table: fc.jsonValue(), ts_us: fc.jsonValue() })),
        })
        .map(bytes),
    );
    fc.assert(
      fc.property(anything, (value) => {
        expect(outcomeOf(value)).toMatch(/^(the key|ChangeError)$/);
      }),
      { numRuns: 1000 },
    );
  });
});

/** The change's key, or the class of what was thrown. */
function outcomeOf(value: Buffer): string {
  try {
    return decode({ offset: 0, timestamp: 0, key: KEY, value }).key;
  } catch (error) {
    return error instanceof ChangeError ? 'ChangeError' : String(error);
  }
}
