/**
 * deploy/kubernetes/production as kustomize puts it together, against the schemas of Kubernetes, Strimzi and KEDA, and the rules that only
 * the whole can show. No cluster is asked.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { MANIFESTS, at, listAt, parseYaml } from '../support/manifests.ts';
import type { Tree } from '../support/manifests.ts';
import { builtinSchemas, customResourceDefinitions, kustomize, run } from './schema-sources.ts';
import { createCheck } from './schemas.ts';
import type { Check } from './schemas.ts';

/** The oldest that has the sleep of preStop without a feature gate, and the newest that the schemas know. */
const KUBERNETES = ['1.30.0', '1.37.0'] as const;
const INSTALL_DEADLINE_MS = 600_000;
const folder = fileURLToPath(new URL('../../.readside/test/kubernetes/', import.meta.url));

let resources: readonly Tree[] = [];
const checks = new Map<string, Check>();
beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const built = join(folder, 'production.yaml');
  await run(await kustomize(), ['build', join(MANIFESTS, 'production'), '--output', built], folder);
  resources = parseYaml(readFileSync(built, 'utf8'));
  const schemas = await builtinSchemas();
  const definitions = await customResourceDefinitions();
  for (const version of KUBERNETES)
    checks.set(version, createCheck(join(schemas, `v${version}-local-strict`), definitions));
}, INSTALL_DEADLINE_MS);

const ofKind = (kind: string): readonly Tree[] => resources.filter((each) => each['kind'] === kind);
const nameOf = (resource: Tree): string => String(at(resource, 'metadata', 'name'));
const pods = (): readonly Tree[] => [...ofKind('Deployment'), ...ofKind('Job')];
const podLabels = (resource: Tree): unknown => at(resource, 'spec', 'template', 'metadata', 'labels');

describe.each(KUBERNETES)('by the schemas of Kubernetes %s, Strimzi and KEDA', (version) => {
  const wrong = (resource: Tree): readonly string[] => {
    const check = checks.get(version);
    if (!check) throw new Error('there are no schemas');
    return check(resource);
  };

  test('every resource fits', () => {
    expect(resources.length).toBeGreaterThan(40);
    const found = resources.flatMap((each) =>
      wrong(each).map((line) => `${String(each['kind'])} ${nameOf(each)}: ${line}`),
    );
    expect(found).toEqual([]);
  });

  test.each([
    ['Deployment', ['spec', 'template', 'spec', 'containers', 0, 'readinessProb'], {}, 'additional'],
    ['Deployment', ['spec', 'template', 'spec', 'terminationGracePeriodSeconds'], 'soon', 'integer'],
    ['NetworkPolicy', ['spec', 'ingres'], [], 'additional'],
    ['HorizontalPodAutoscaler', ['spec', 'maxReplicas'], undefined, 'required'],
    ['KafkaConnect', ['spec', 'replicas'], undefined, 'required'],
    ['KafkaConnect', ['spec', 'template', 'connectContainer', 'enviroment'], [], 'additional'],
    ['KafkaConnector', ['spec', 'tasksMax'], 'one', 'integer'],
    ['KafkaTopic', ['spec', 'partition'], 12, 'additional'],
    ['KafkaUser', ['spec', 'authentication', 'type'], 'scram', 'allowed values'],
    ['ScaledObject', ['spec', 'maxReplicas'], 12, 'additional'],
    ['ScaledObject', ['spec', 'triggers', 0, 'metadata', 'lagThreshold'], 100_000, 'string'],
    ['TriggerAuthentication', ['spec', 'secretTargetRef', 0, 'key'], undefined, 'required'],
  ] as const)('a %s is refused that has another %j', (kind, path, value, why) => {
    const [resource = {}] = ofKind(kind);
    const spoiled = structuredClone(resource);
    (at(spoiled, ...path.slice(0, -1)) as Record<string | number, unknown>)[path.at(-1) ?? ''] = value;
    const asRead = JSON.parse(JSON.stringify(spoiled)) as Tree;
    expect(wrong(resource)).toEqual([]);
    expect(wrong(asRead)).toEqual(expect.arrayContaining([expect.stringContaining(why)]));
  });
});

describe('the whole', () => {
  test('has each resource once, in the one namespace', () => {
    const keys = resources.map((each) => `${String(each['kind'])} ${nameOf(each)}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const each of resources) expect(at(each, 'metadata', 'namespace')).toBe('readside');
  });

  test('runs every pod as nobody in particular, with nothing that it does not need', () => {
    expect(pods()).toHaveLength(8);
    for (const each of pods()) {
      const pod = at(each, 'spec', 'template', 'spec');
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect(listAt(pod, 'containers')).toEqual([
        expect.objectContaining({
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: { requests: expect.anything(), limits: { memory: expect.any(String) } },
        }),
      ]);
    }
  });

  test('denies every pod of ours what no other policy allows', () => {
    const [denial] = ofKind('NetworkPolicy').filter((each) => nameOf(each) === 'readside-deny-by-default');
    expect(at(denial, 'spec')).toEqual({
      podSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'readside' } },
      policyTypes: ['Ingress', 'Egress'],
    });
    for (const each of pods().map(podLabels))
      expect(each).toMatchObject({ 'app.kubernetes.io/part-of': 'readside' });
  });

  test('lets the workers of Connect find names, whom the policy of our own pods does not mean', () => {
    const egressOf = (name: string): unknown[] =>
      ofKind('NetworkPolicy')
        .filter((each) => nameOf(each) === name)
        .flatMap((each) => listAt(each, 'spec', 'egress'));
    expect(egressOf('readside-names')).toHaveLength(1);
    expect(egressOf('readside-connect-of-readside')).toEqual(
      expect.arrayContaining(egressOf('readside-names')),
    );
  });

  test.each([
    ['Service', 7],
    ['PodDisruptionBudget', 6],
    ['Deployment', 7],
  ] as const)('has each %s mean the pods of one Deployment', (kind, count) => {
    expect(ofKind(kind)).toHaveLength(count);
    for (const each of ofKind(kind)) {
      const selector = at(each, 'spec', 'selector', 'matchLabels') ?? at(each, 'spec', 'selector');
      const meant = ofKind('Deployment').filter((deployment) =>
        Object.entries(selector as Tree).every(([key, value]) => at(podLabels(deployment), key) === value),
      );
      expect(meant.map(nameOf)).toEqual([nameOf(each)]);
    }
  });

  test('has one autoscaler for each Deployment, and no number of replicas beside it; of the console there is one', () => {
    const [console = {}, ...others] = ofKind('Deployment').toSorted((a, b) =>
      nameOf(a).localeCompare(nameOf(b)),
    );
    const scaled = [...ofKind('HorizontalPodAutoscaler'), ...ofKind('ScaledObject')].map((each) =>
      String(at(each, 'spec', 'scaleTargetRef', 'name')),
    );
    expect(scaled.toSorted()).toEqual(others.map(nameOf).toSorted());
    for (const each of others) expect(at(each, 'spec', 'replicas')).toBeUndefined();
    expect([nameOf(console), at(console, 'spec', 'replicas')]).toEqual(['console', 1]);
  });

  test('names ConfigMaps that there are, Strimzi’s worker too', () => {
    const made = ofKind('ConfigMap').map(nameOf);
    const named = [
      ...JSON.stringify(resources).matchAll(/"configMap(?:Key)?Ref":\{[^}]*"name":"([^"]+)"/g),
    ].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(8);
    for (const each of named) expect(made).toContain(each);
  });

  test('sets the images of the services and of the worker', () => {
    const images = [
      ...pods().map((each) => at(each, 'spec', 'template', 'spec', 'containers', 0, 'image')),
      at(ofKind('KafkaConnect')[0], 'spec', 'image'),
    ];
    for (const each of images)
      expect(each).toMatch(/^registry\.example\/readside(-connect-strimzi)?:[\w.-]+$/);
  });
});
