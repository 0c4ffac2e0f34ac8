/** deploy/kubernetes/strimzi and keda: connector, worker, topics, rights and lags are those that the code has. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { DEFAULT_TOPIC_SETTINGS, topicsOf } from '../../connectors/topics.ts';
import directory from '../../projections/directory.ts';
import history from '../../projections/history.ts';
import insights from '../../projections/insights.ts';
import profile from '../../projections/profile.ts';
import { kafkaRights } from '../../services/shared/kafka-rights.ts';
import type { KafkaRight } from '../../services/shared/kafka-rights.ts';
import { changesTopic, connectorName } from '../../services/shared/stream-names.ts';
import { at, envOf, listAt, readManifests, theOne } from '../support/manifests.ts';
import type { Tree } from '../support/manifests.ts';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const manifests = readManifests();
const ofKind = (kind: string): readonly Tree[] =>
  manifests.flatMap((each) => (each.kind === kind ? [each.tree] : []));

// tests/spec/connector-config.test.ts holds such a list to the folder.
const projections = [directory, history, insights, profile];
const names = projections.map(({ name }) => name);
const STREAM = 'profile';
const PARTITIONS = 12;
const WORKER = 'readside';
const KAFKA = 'kafka';

test('the connector is connectors/profile.json, under its name', () => {
  const connectors = ofKind('KafkaConnector');
  expect(connectors.map((each) => at(each, 'metadata', 'name'))).toEqual([connectorName(STREAM)]);
  const spec = at(connectors[0], 'spec');
  expect({
    'connector.class': at(spec, 'class'),
    'tasks.max': String(at(spec, 'tasksMax')),
    ...(at(spec, 'config') as Tree),
  }).toEqual(JSON.parse(read(`connectors/${STREAM}.json`)));
});

describe('the worker', () => {
  const connect = theOne(manifests, 'KafkaConnect', WORKER);
  const properties = new Map(
    read('docker/connect/worker.properties')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );

  test('has the settings of docker/connect/worker.properties, but for the session', () => {
    // Strimzi writes these itself.
    const strimzis = /^(bootstrap\.servers|listeners|rest\.|plugin\.path|group\.id|\w+\.storage\.topic)/;
    const expected = [...properties]
      .filter(([name]) => !strimzis.test(name))
      .map(([name, value]) => [name, name === 'session.timeout.ms' ? '6000' : value]);
    const config = Object.entries(at(connect, 'spec', 'config') as Tree).map(([name, value]) => [
      name,
      String(value),
    ]);
    expect(Object.fromEntries(config)).toEqual(Object.fromEntries(expected));
    expect(at(connect, 'spec')).toMatchObject({
      groupId: properties.get('group.id'),
      configStorageTopic: properties.get('config.storage.topic'),
      offsetStorageTopic: properties.get('offset.storage.topic'),
      statusStorageTopic: properties.get('status.storage.topic'),
    });
  });

  test('has every variable that the connector refers to', () => {
    const referred = [...read(`connectors/${STREAM}.json`).matchAll(/\$\{env:([A-Z_]+)\}/g)].map(
      ([, name = '']) => name,
    );
    expect([...envOf(at(connect, 'spec', 'template', 'connectContainer')).keys()].toSorted()).toEqual(
      referred.toSorted(),
    );
  });

  test('is what the connector, the policies and the projectors’ address mean', () => {
    for (const connector of ofKind('KafkaConnector'))
      expect(at(connector, 'metadata', 'labels', 'strimzi.io/cluster')).toBe(WORKER);
    expect(at(connect, 'metadata', 'annotations', 'strimzi.io/use-connector-resources')).toBe('true');
    expect(read('deploy/kubernetes/production/settings.env')).toContain(
      `CONNECT_URL=http://${WORKER}-connect-api:8083\n`,
    );
    const policy = theOne(manifests, 'NetworkPolicy', 'readside-connect-of-readside');
    expect(at(policy, 'spec', 'podSelector', 'matchLabels', 'strimzi.io/cluster')).toBe(WORKER);
    // Who reaches it can read every table.
    expect(listAt(policy, 'spec', 'ingress')).toEqual([
      {
        from: [
          {
            podSelector: {
              matchLabels: { 'app.kubernetes.io/name': 'projector', 'app.kubernetes.io/part-of': 'readside' },
            },
          },
          {
            podSelector: {
              matchLabels: { 'app.kubernetes.io/name': 'console', 'app.kubernetes.io/part-of': 'readside' },
            },
          },
        ],
        ports: [{ port: 8083 }],
      },
    ]);
  });
});

test('the topics are those that `readside register` makes, with three replicas', () => {
  const settings = { ...DEFAULT_TOPIC_SETTINGS, partitions: PARTITIONS, replicationFactor: 3 };
  const made = topicsOf(STREAM, settings, names).map(({ configEntries = [], ...topic }) => ({
    ...topic,
    config: Object.fromEntries(configEntries.map(({ name, value }) => [name, value])),
  }));
  const declared = ofKind('KafkaTopic').map((tree) => ({
    topic: String(at(tree, 'metadata', 'name')),
    numPartitions: at(tree, 'spec', 'partitions'),
    replicationFactor: at(tree, 'spec', 'replicas'),
    config: Object.fromEntries(
      Object.entries(at(tree, 'spec', 'config') as Tree).map(([name, value]) => [name, String(value)]),
    ),
  }));
  const byName = (a: { readonly topic: string }, b: { readonly topic: string }): number =>
    a.topic.localeCompare(b.topic);
  expect(declared.toSorted(byName)).toEqual(made.toSorted(byName));
});

test('topics and users are of the one Kafka cluster', () => {
  const all = [...ofKind('KafkaTopic'), ...ofKind('KafkaUser')];
  expect(all.length).toBeGreaterThan(8);
  for (const each of all) expect(at(each, 'metadata', 'labels', 'strimzi.io/cluster')).toBe(KAFKA);
});

describe('the rights', () => {
  /** `type name operations`, a prefix with a star behind it. */
  const rightsOf = (user: string): readonly string[] =>
    listAt(theOne(manifests, 'KafkaUser', user), 'spec', 'authorization', 'acls').map(
      ({ resource, operations }) =>
        `${String(at(resource, 'type'))} ${String(at(resource, 'name'))}${at(resource, 'patternType') === 'prefix' ? '*' : ''} ${(operations as readonly string[]).join(' ')}`,
    );

  const toldOf = ({ resource, name, prefixed, operations }: KafkaRight): string =>
    `${resource} ${name}${prefixed ? '*' : ''} ${operations.join(' ')}`;

  // Describe comes with Read and with Write.
  test.each(['projector', 'connect', 'operator'] as const)(
    'of the %s: those that `readside acls` prints',
    (identity) => {
      const printed = kafkaRights(projections)[identity].map(toldOf);
      expect(rightsOf(`readside-${identity}`).toSorted()).toEqual(printed.toSorted());
    },
  );

  test('of KEDA: to look', () => {
    expect(rightsOf('readside-keda')).toEqual([
      `topic ${changesTopic(STREAM)} Describe`,
      'group readside.* Describe',
    ]);
  });
});

describe('each read model', () => {
  const overlay = (folder: string, name: string): Tree => {
    const found = manifests.find(({ file }) => file === `${folder}/read-models/${name}/kustomization.yaml`);
    if (!found) throw new Error(`${folder}/read-models has no ${name}`);
    return found.tree;
  };
  const folders = (list: string): readonly string[] =>
    manifests.flatMap(({ file, tree }) => (file === list ? listAt(tree, 'resources').map(String) : []));

  test('has projectors and a measure of their lag', () => {
    expect(folders('services/read-models/kustomization.yaml').toSorted()).toEqual(names);
    expect(
      folders('keda/kustomization.yaml')
        .filter((each) => each.startsWith('read-models/'))
        .toSorted(),
    ).toEqual(names.map((name) => `read-models/${name}`));
  });

  test.each(projections)(
    '$name is named by suffix and label, and scaled by the lag of its group',
    ({ name, group }) => {
      expect(overlay('services', name)).toMatchObject({
        nameSuffix: `-${name}`,
        labels: [{ pairs: { 'app.kubernetes.io/instance': name }, includeSelectors: true }],
      });
      expect(overlay('keda', name)['nameSuffix']).toBe(`-${name}`);
      const [patch = {}] = listAt(overlay('keda', name), 'patches');
      const values = [...String(patch['patch']).matchAll(/path: (\S+)\s+value: (\S+)/g)].map(
        ([, path, value]) => [path, value],
      );
      expect(values).toEqual([
        ['/spec/scaleTargetRef/name', `projector-${name}`],
        ['/spec/triggers/0/metadata/consumerGroup', group],
      ]);
    },
  );

  test('is worked at by as many projectors as there are partitions, at most', () => {
    const scaled = theOne(manifests, 'ScaledObject', 'projector');
    expect(at(scaled, 'spec', 'maxReplicaCount')).toBe(PARTITIONS);
    for (const { topic } of projections)
      expect(at(scaled, 'spec', 'triggers', 0, 'metadata', 'topic')).toBe(topic);
  });
});
