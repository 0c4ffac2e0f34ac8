/** The rights in Kafka: what the page tells, and the names that the workers' settings have. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { kafkaRights } from '../../services/shared/kafka-rights.ts';
import type { KafkaRight } from '../../services/shared/kafka-rights.ts';
import { CONNECT_GROUP } from '../../services/shared/stream-names.ts';
import { parseProperties } from '../../stack/server-settings.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

const rowOf = (identity: string, { resource, name, prefixed, operations }: KafkaRight): string =>
  `| ${identity} | ${resource} | \`${name}${prefixed ? '*' : ''}\` | ${operations.join(', ')} |`;

test('docs/security.md tells all of them', () => {
  const rights = kafkaRights([{ name: '<projection>', stream: '<stream>' }]);
  const rows = Object.entries(rights).flatMap(([identity, those]) =>
    those.map((each) => rowOf(identity, each)),
  );
  const told = read('docs/security.md')
    .split('\n')
    .filter((line) => /^\| (connect|projector|operator) \|/.test(line));
  expect(told).toEqual(rows);
});

test('they are of the names that the workers have', () => {
  const worker = parseProperties(read('docker/connect/worker.properties'));
  expect(worker['group.id']).toBe(CONNECT_GROUP);
  const topics = ['config', 'offset', 'status'].map((which) => worker[`${which}.storage.topic`]);
  const created = kafkaRights([]).connect.filter(({ operations }) => operations.includes('Create'));
  expect(created.map(({ name }) => name)).toEqual(topics);
});

test('a stream that several read models share is told once', () => {
  const two = kafkaRights([
    { name: 'a', stream: 's' },
    { name: 'b', stream: 's' },
  ]);
  expect(two.connect).toEqual(kafkaRights([{ name: 'a', stream: 's' }]).connect);
  expect(two.projector.filter(({ name }) => name === 's.changes')).toHaveLength(1);
});
