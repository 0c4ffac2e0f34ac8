/** Compose and the Dockerfiles name the versions of stack/versions.json, and give each service the variables that it reads. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { PROJECTOR_MEMORY } from '../../cli/local/services.ts';
import { ProjectorConfig } from '../../services/projector/config.ts';
import { ReadApiConfig } from '../../services/read-api/config.ts';
import { WriteApiConfig } from '../../services/write-api/config.ts';
import { versions } from '../../stack/versions.ts';
import { compose, serviceBlock } from '../support/compose-file.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const packageJson = read('package.json');
const ownImage = `readside:${all(packageJson, /^  "version": "(\S+)"/gm)[0]}`;

describe('docker-compose.yml', () => {
  test('runs the pinned images and our own, and no other', () => {
    const images = all(compose, /^ +image: (\S+)$/gm);
    const { postgres, mongo, kafka, connect, prometheus, grafana, kafkaUi } = versions;
    const pinned = [postgres, mongo, kafka, connect, prometheus, grafana, kafkaUi].map(({ image }) => image);
    expect(images.toSorted()).toEqual([ownImage, ...pinned].toSorted());
  });

  test('holds no password: every secret is a variable that must be set, and .env.example names each', () => {
    const required = new Set(all(compose, /\$\{([A-Z_]+):\?/g));
    const named = new Set(all(read('.env.example'), /^([A-Z_]+)=$/gm));
    expect([...named].toSorted()).toEqual([...required].toSorted());
    const secrets = compose.split('\n').filter((line) => /^ +\w*(PASSWORD|_KEY):/.test(line));
    expect(secrets.length).toBeGreaterThan(0);
    for (const line of secrets) expect(line).toMatch(/: \$\{[A-Z_]+:\?[^}]+\}$/);
    for (const url of all(compose, /(\S+:\/\/\S+@\S+)/g)) expect(url).toMatch(/:\$\{[A-Z_]+:\?/);
  });

  test.each([
    ['write-api', WriteApiConfig],
    ['read-api', ReadApiConfig],
    ['projector', ProjectorConfig],
  ] as const)('gives %s every variable that it needs, and none that it does not know', (name, config) => {
    const given = all(serviceBlock(name), /^ {6}([A-Z_]+): /gm).filter((each) => !(each in PROJECTOR_MEMORY));
    expect(Object.keys(config.properties)).toEqual(expect.arrayContaining(given));
    expect(given).toEqual(expect.arrayContaining(mandatory(config)));
  });

  test('gives Connect every variable that the connector refers to', () => {
    const referred = all(read('connectors/profile.json'), /\$\{env:([A-Z_]+)\}/g);
    const given = all(serviceBlock('connect'), /^ {6}([A-Z_]+): /gm);
    const start = read('docker/connect/start.sh');
    const byStart = all(start, /\$\{(CONNECT_[A-Z_]+):\?\}/g);
    const byDefault = all(start, /\$\{(READSIDE_[A-Z_]+):-/g);
    expect(byStart).toHaveLength(2);
    const needed = referred.filter((name) => !byDefault.includes(name));
    expect(given.toSorted()).toEqual([...new Set([...needed, ...byStart])].toSorted());
  });

  test('has one image name for the Connect image that docker/connect builds', () => {
    expect(versions.connect.image).toBe(
      `readside-connect:${versions.kafka.version}-${versions.debezium.version}`,
    );
  });
});

test('the image of the services is built on the Node of package.json', () => {
  const dockerfile = read('docker/Dockerfile');
  const major = all(packageJson, /^    "node": ">=(\d+)/gm);
  expect(major).toHaveLength(1);
  expect(all(dockerfile, /^ARG NODE_IMAGE=node:(\d+)-\S+$/gm)).toEqual(major);
  expect(all(dockerfile, /^ARG NODE_IMAGE=(\S+)$/gm)).toEqual([versions.node.image]);
  expect(new Set(all(dockerfile, /^FROM (\S+)/gm))).toEqual(new Set(['${NODE_IMAGE}']));
});

/** Variables without a default that are not optional. */
function mandatory(config: {
  readonly properties: Readonly<Record<string, object>>;
  readonly required?: readonly string[];
}): string[] {
  return (config.required ?? []).filter((name) => !('default' in (config.properties[name] ?? {})));
}

function all(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? '');
}
