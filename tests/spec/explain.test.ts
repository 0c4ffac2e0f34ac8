/** What is told of where a document's values came from: against what folding one change after the other shows. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { decodeAll } from '../../services/projector/decode.ts';
import { explainDocument } from '../../services/projector/explain/explain-document.ts';
import type { Explanation } from '../../services/projector/explain/explain-document.ts';
import { toState } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import teams from '../fixtures/projections/teams.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import { readRecording, toRawChange } from '../support/recorded.ts';
import type { RecordedMessage } from '../support/recorded.ts';
import { differences } from '../support/same-json.ts';

const SCENARIOS = readdirSync(new URL('../fixtures/changes/', import.meta.url))
  .map((name) => name.replace('.json', ''))
  .filter((scenario) => scenario !== 'truncated');
const projectionOf = (scenario: string) => (scenario === 'teams' ? teams : profile);

function explainOf(
  scenario: string,
  id: string,
  stored: StoredDocument | undefined,
  messages: readonly RecordedMessage[],
): Explanation {
  const [partition = 0] = messages.filter(({ key }) => key === id).map((each) => each.partition);
  const changes = decodeAll(messages.filter((each) => each.partition === partition).map(toRawChange));
  return explainDocument(projectionOf(scenario), id, stored, partition, changes);
}

const contentOf = (stored: StoredDocument | undefined): unknown => stored && toState(stored).content;

/** Value at a path as it is told: `addresses[0].city`, `preferences.theme`; undefined where there is none. */
function at(document: unknown, path: string): unknown {
  const [, first = '', index, rest] = /^([^.[]+)(?:\[(\d+)\])?(?:\.(.*))?$/s.exec(path) ?? [];
  return [first, index, rest].reduce<unknown>(
    (value, name) =>
      name === undefined ? value : value && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined,
    document,
  );
}

describe('every recording', () => {
  test.each(SCENARIOS)(
    '%s: each value came with the change after which it was there for good',
    (scenario) => {
      const messages = readRecording(scenario).messages.filter(({ key }) => key !== null);
      const whole = createPureProjector(projectionOf(scenario));
      whole.deliver(messages);
      for (const id of whole.ids().filter((each) => whole.phase(each) === 'live')) {
        const explained = explainOf(scenario, id, whole.stored(id), messages);
        const { root, embed = {} } = projectionOf(scenario).definition;
        expect(explained.phase).toBe('live');
        expect(explained.fields.length).toBeGreaterThanOrEqual(Object.keys(root.fields).length - 1);
        // Folded one by one: after which change was the row's value first as it is now, and stayed so?
        const steps = createPureProjector(projectionOf(scenario));
        const states = messages
          .filter(({ key }) => key === id)
          .map((message) => {
            steps.deliver([message]);
            return {
              change: `${message.partition}:${message.offset}`,
              document: contentOf(steps.stored(id)),
            };
          });
        for (const { path, table, row, origin } of explained.fields) {
          const value = at(contentOf(whole.stored(id)), path);
          const isThere = (document: unknown): boolean => {
            if (!path.includes('[')) return differences(value, at(document, path)).length === 0;
            const [list = '', field = ''] = path.split(/\[\d+\]\./);
            const each = embed[list];
            const key = each?.kind === 'list' ? each.key : '';
            const elements = (at(document, list) ?? []) as ReadonlyArray<Readonly<Record<string, unknown>>>;
            const element = elements.find((some) => String(some[key]) === row);
            return element !== undefined && differences(value, element[field]).length === 0;
          };
          const from = states.findLastIndex(({ document }) => !isThere(document)) + 1;
          expect([path, origin?.change]).toEqual([path, states[from]?.change]);
          expect(projectionOf(scenario).tables).toContain(table);
        }
      }
    },
  );
});

describe('what is not in a document', () => {
  const scenario = 'address-rows';
  const messages = readRecording(scenario).messages.filter(({ key }) => key !== null);
  const [id = ''] = messages.flatMap(({ key }) => key ?? []);
  const own = messages.filter(({ key }) => key === id);
  const storedAfter = (count: number): StoredDocument | undefined => {
    const projector = createPureProjector(profile);
    projector.deliver(own.slice(0, count));
    return projector.stored(id);
  };
  const positionOf = (message: RecordedMessage | undefined): string =>
    `${message?.partition}:${message?.offset}`;

  test('is told of changes that wait to be applied', () => {
    const { passedOver } = explainOf(scenario, id, storedAfter(own.length - 1), own);
    expect(passedOver).toEqual([
      { change: positionOf(own.at(-1)), table: expect.any(String), why: 'it is not applied yet' },
    ]);
  });

  test('is told of a table that is not projected, and of bytes that say nothing', () => {
    const last = own.at(-1);
    if (!last) throw new Error('no changes');
    const after = { ...last, offset: last.offset + 1 };
    const others: readonly RecordedMessage[] = [
      { ...after, value: String(last.value).replaceAll('"table":"addresses"', '"table":"invoices"') },
      { ...after, offset: after.offset + 1, value: '{"op":' },
    ];
    const stored = storedAfter(own.length);
    if (!stored) throw new Error('no document');
    const further = {
      ...stored,
      _sync: { ...stored._sync, at: { [last.partition]: after.offset + 1 } },
    };
    const { passedOver } = explainOf(scenario, id, further, [...own, ...others]);
    expect(passedOver.map(({ why }) => why)).toEqual([
      'profile does not read the table invoices',
      'the change is not JSON',
    ]);
  });

  test('is told of changes in quarantine', () => {
    const stored = storedAfter(own.length);
    const last = own.at(-1);
    if (!stored || !last) throw new Error('no document');
    const quarantine = {
      since: new Date(0),
      first: { partition: last.partition, offset: last.offset },
      changes: 1,
      error: 'why',
    };
    const marked = { ...stored, _sync: { ...stored._sync, quarantine } };
    const explained = explainOf(scenario, id, marked, own);
    expect(explained.quarantine).toEqual(quarantine);
    expect(explained.passedOver).toEqual([
      { change: positionOf(last), table: expect.any(String), why: 'it is in quarantine' },
    ]);
  });

  test('a value that no change gave has no origin', () => {
    const stored = storedAfter(own.length);
    if (!stored) throw new Error('no document');
    const { fields } = explainOf(scenario, id, { ...stored, fullName: 'by hand' }, own);
    expect(fields.filter(({ origin }) => origin === null).map(({ path }) => path)).toEqual(['fullName']);
  });

  test('a value whose row was there before the topic’s first change may be older', () => {
    const all = readRecording('large-bio-untouched').messages;
    const updates = all.filter(({ value }) => /"op":"u"/.test(value ?? ''));
    const changed = updates[0]?.key ?? '';
    const projector = createPureProjector(profile);
    projector.deliver(all);
    const { fields } = explainOf('large-bio-untouched', changed, projector.stored(changed), updates);
    const known = fields.filter(({ origin }) => origin !== null);
    expect(known.length).toBeGreaterThan(0);
    expect(known.some(({ origin }) => origin?.orEarlier === true)).toBe(true);
  });

  test('nothing is known of an id that is nowhere', () => {
    expect(explainOf(scenario, 'nobody', undefined, own)).toMatchObject({
      phase: null,
      position: null,
      fields: [],
      passedOver: [],
    });
  });
});
