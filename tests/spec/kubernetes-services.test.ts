/** deploy/kubernetes/services and production: the services as compose runs them, what they are given, and that names fit each other. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { PROJECTOR_MEMORY } from '../../cli/local/services.ts';
import { ConsoleConfig } from '../../services/console/config.ts';
import { ProjectorConfig } from '../../services/projector/config.ts';
import { ReadApiConfig } from '../../services/read-api/config.ts';
import { WriteApiConfig } from '../../services/write-api/config.ts';
import {
  MANIFESTS,
  at,
  envOf,
  filesIn,
  listAt,
  parseYaml,
  readManifests,
  theOne,
} from '../support/manifests.ts';
import type { Tree } from '../support/manifests.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const manifests = readManifests();
const compose = parseYaml(read('docker-compose.yml'))[0];
const settings = keysOf('production/settings.env');
const passwords = keysOf('production/secrets.example.env');
const SERVICES = [
  ['write-api', WriteApiConfig],
  ['read-api', ReadApiConfig],
  ['projector', ProjectorConfig],
  ['console', ConsoleConfig],
] as const;
/** There is one: nothing is scaled, and nothing to be kept up beside it. */
const ALONE = 'console' as const;

const podOf = (tree: Tree): unknown => at(tree, 'spec', 'template', 'spec');
const containerOf = (tree: Tree): Tree => {
  const [container, second] = listAt(podOf(tree), 'containers');
  if (!container || second) throw new Error('a pod of ours has one container');
  return container;
};
const ofService = (name: string): Tree => theOne(manifests, 'Deployment', name);

describe('the files', () => {
  test('are each named in the kustomization beside them, or are one', () => {
    const named = manifests
      .filter(({ file }) => file.endsWith('kustomization.yaml'))
      .flatMap(({ file, tree }) =>
        [
          ...['resources', 'components', 'configurations'].flatMap((list) => listAt(tree, list).map(String)),
          ...listAt(tree, 'patches').flatMap((patch) =>
            typeof patch['path'] === 'string' ? [patch['path']] : [],
          ),
        ].map((path) => join(dirname(file), path)),
      );
    for (const path of named) expect([path, existsSync(join(MANIFESTS, path))]).toEqual([path, true]);
    const others = filesIn('.yaml').filter((file) => !file.endsWith('kustomization.yaml'));
    expect(others.length).toBeGreaterThan(20);
    expect(others.filter((file) => !named.includes(file))).toEqual([]);
  });

  test('hold no secret: each is named, and secrets.example.env has none', () => {
    expect(manifests.filter(({ kind }) => kind === 'Secret')).toEqual([]);
    expect(read('deploy/kubernetes/production/secrets.example.env')).not.toMatch(/^\w+=.+$/m);
    for (const { file, tree } of manifests)
      for (const [url] of JSON.stringify(tree).matchAll(/\w+:\/\/[^"]*@/g))
        expect([file, url]).toEqual([file, expect.stringMatching(/^\w+:\/\/[\w-]+:\$\([A-Z_]+\)@$/)]);
  });
});

describe.each(SERVICES)('%s', (name, config) => {
  const container = containerOf(ofService(name));
  const inCompose = at(compose, 'services', name);
  const env = envOf(container);

  test('is the image, the command and the port of compose', () => {
    expect(container).toMatchObject({
      image: at(inCompose, 'image'),
      command: at(inCompose, 'command'),
      ports: [{ name: 'http', containerPort: Number(at(inCompose, 'environment', 'PORT')) }],
    });
    expect(env.get('PORT')?.['value']).toBe(at(inCompose, 'environment', 'PORT'));
    expect(listAt(theOne(manifests, 'Service', name), 'spec', 'ports')).toEqual([
      { name: 'http', port: Number(env.get('PORT')?.['value']), targetPort: 'http' },
    ]);
  });

  test('is given every variable that it needs and that compose gives it, and none that nobody knows', () => {
    const used = new Set(referredIn([...env.values()]));
    const own = [...env.keys()].filter((each) => !used.has(each) && !(each in PROJECTOR_MEMORY));
    expect(Object.keys(config.properties)).toEqual(expect.arrayContaining(own));
    const given = [...env.keys(), ...settings];
    const mandatory = Object.entries<object>(config.properties).flatMap(([each, field]) =>
      (config.required as readonly string[]).includes(each) && !('default' in field) ? [each] : [],
    );
    expect(given).toEqual(expect.arrayContaining(mandatory));
    expect(given).toEqual(expect.arrayContaining(Object.keys(at(inCompose, 'environment') as Tree)));
  });

  test('composes its addresses of what is set before them, and names secrets that there are', () => {
    const before = new Set(settings);
    for (const [variable, entry] of env) {
      for (const each of referredIn([entry]))
        expect([variable, each, before.has(each)]).toEqual([variable, each, true]);
      before.add(variable);
    }
    const secrets = [...env.values()].map((entry) => at(entry, 'valueFrom', 'secretKeyRef'));
    const users = manifests.flatMap((each) => (each.kind === 'KafkaUser' ? [each.name] : []));
    const isKnown = (secret: unknown): boolean => {
      const [of, key] = [String(at(secret, 'name')), String(at(secret, 'key'))];
      return of === 'readside-passwords' ? passwords.includes(key) : users.includes(of) && key === 'password';
    };
    expect(secrets.filter((each) => each !== undefined && !isKnown(each))).toEqual([]);
    expect(listAt(container, 'envFrom')).toEqual([{ configMapRef: { name: 'readside-settings' } }]);
  });

  test('is asked at routes that it has, and given the time that it takes to end', () => {
    const routes = [...read('services/shared/http-app.ts').matchAll(/app\.get\('([^']+)', OPERATORS/g)].map(
      ([, route]) => route,
    );
    const path = (probe: string): unknown => at(container, probe, 'httpGet', 'path');
    expect([path('startupProbe'), path('livenessProbe'), path('readinessProbe')]).toEqual([
      '/livez',
      '/livez',
      '/readyz',
    ]);
    expect(routes).toEqual(expect.arrayContaining(['/livez', '/readyz']));
    const stop = Number(
      /STOP_DEADLINE_MS = ([\d_]+);/.exec(read('services/shared/run-service.ts'))?.[1]?.replace('_', ''),
    );
    const wait = Number(at(container, 'lifecycle', 'preStop', 'sleep', 'seconds') ?? 0);
    expect(Number(at(podOf(ofService(name)), 'terminationGracePeriodSeconds'))).toBeGreaterThanOrEqual(
      wait + stop / 1000 + 5,
    );
  });

  test('is what its service and its policy mean', () => {
    const labels = at(ofService(name), 'spec', 'template', 'metadata', 'labels');
    for (const selector of [
      at(ofService(name), 'spec', 'selector', 'matchLabels'),
      at(theOne(manifests, 'Service', name), 'spec', 'selector'),
      at(theOne(manifests, 'NetworkPolicy', name), 'spec', 'podSelector', 'matchLabels'),
    ])
      expect(selector).toEqual(labels);
    expect(
      theOne(manifests, 'ServiceAccount', String(at(podOf(ofService(name)), 'serviceAccountName'))),
    ).toEqual(expect.objectContaining({ automountServiceAccountToken: false }));
  });
});

test.each(SERVICES.map(([name]) => name).filter((name) => name !== ALONE))(
  '%s has a budget and an autoscaler',
  (name) => {
    const labels = at(ofService(name), 'spec', 'template', 'metadata', 'labels');
    const budget = theOne(manifests, 'PodDisruptionBudget', name);
    expect(at(budget, 'spec', 'selector', 'matchLabels')).toEqual(labels);
    const kind = name === 'projector' ? 'ScaledObject' : 'HorizontalPodAutoscaler';
    expect(at(theOne(manifests, kind, name), 'spec', 'scaleTargetRef', 'name')).toBe(name);
  },
);

test('there is one console, and never two beside each other', () => {
  expect(at(ofService(ALONE), 'spec')).toMatchObject({ replicas: 1, strategy: { type: 'Recreate' } });
});

test('the console asks the services that there are', () => {
  const addresses = (tree: unknown): string =>
    JSON.stringify(tree).replaceAll(/projector-profile/g, 'projector');
  const env = envOf(containerOf(ofService('console')));
  for (const variable of ['WRITE_API_URL', 'READ_API_URL', 'PROJECTOR_URLS'])
    expect(addresses(env.get(variable)?.['value'])).toBe(
      addresses(at(compose, 'services', 'console', 'environment', variable)),
    );
});

test('the read API serves what compose has it serve, and projectors take their read model from their label', () => {
  expect(envOf(containerOf(ofService('read-api'))).get('PROJECTION')?.['value']).toBe(
    at(compose, 'services', 'read-api', 'environment', 'PROJECTION'),
  );
  expect(
    at(envOf(containerOf(ofService('projector'))).get('PROJECTION'), 'valueFrom', 'fieldRef', 'fieldPath'),
  ).toBe("metadata.labels['app.kubernetes.io/instance']");
});

test('the job that migrates is the command of compose, with its variables', () => {
  const container = containerOf(theOne(manifests, 'Job', 'migrate'));
  const inCompose = at(compose, 'services', 'migrate');
  expect(container).toMatchObject({ image: at(inCompose, 'image'), command: at(inCompose, 'command') });
  const env = envOf(container);
  expect([...env.keys()].toSorted()).toEqual(Object.keys(at(inCompose, 'environment') as Tree).toSorted());
  for (const [variable, entry] of env) expect(at(entry, 'valueFrom', 'secretKeyRef', 'key')).toBe(variable);
});

test('the ingress leads to the paths of the APIs that the security page names, and to no other', () => {
  const paths = listAt(theOne(manifests, 'Ingress', 'readside'), 'spec', 'rules', 0, 'http', 'paths');
  const [, named = ''] = /route only (.+)\.$/m.exec(read('docs/security.md')) ?? [];
  expect(paths.map(({ path }) => String(path)).toSorted()).toEqual(
    [...named.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path).toSorted(),
  );
  for (const { path, backend } of paths)
    expect(at(backend, 'service', 'name')).toBe(path === '/users' ? 'write-api' : 'read-api');
});

/** Names of variables in `$(…)`. */
function referredIn(entries: readonly unknown[]): readonly string[] {
  return [...JSON.stringify(entries).matchAll(/\$\(([A-Z_]+)\)/g)].map(([, name]) => name ?? '');
}

function keysOf(file: string): readonly string[] {
  return [...read(`deploy/kubernetes/${file}`).matchAll(/^([A-Z_]+)=/gm)].map(([, key]) => key ?? '');
}
