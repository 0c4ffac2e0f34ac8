/** Rules and dashboard speak of metrics that our services have, and Prometheus asks every service that has them. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { serviceBlock, serviceBlocks } from '../support/compose-file.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const rules = read('docker/prometheus/rules.yml');
const scraped = read('docker/prometheus/prometheus.yml');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
const dashboard = JSON.parse(read('docker/grafana/dashboards/readside.json')) as {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
};

/** Of Prometheus itself. */
const BUILT_IN = ['up', 'ALERTS'];
const registered = new Set([...BUILT_IN, ...namesInServices()]);
const ours = [...serviceBlocks()].filter(([, block]) => /dist\/services\/|<<: \*projector$/m.test(block));

describe('metrics that are asked for exist', () => {
  const expressions = [
    ...[...rules.matchAll(/expr: (?:>-\n((?: {10}.*\n)+)|(.*)\n)/g)].map(
      ([, folded, plain]) => folded ?? plain ?? '',
    ),
    ...dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
  ];

  test('in rules and dashboard', () => {
    const asked = new Set(expressions.flatMap(metricsIn));
    expect(asked.size).toBeGreaterThan(10);
    expect([...asked].filter((name) => !registered.has(name))).toEqual([]);
  });

  test('and a name that is not there is found out', () => {
    expect(metricsIn('max by (service) (readside_no_such_thing{state="x"})')).toEqual([
      'readside_no_such_thing',
    ]);
    expect(registered.has('readside_no_such_thing')).toBe(false);
  });
});

test('every rule has a severity, says what is wrong and what tells more', () => {
  const all = rules.split('- alert: ').slice(1);
  expect(all.length).toBeGreaterThanOrEqual(7);
  for (const rule of all) {
    expect(rule).toMatch(/severity: (critical|warning) /);
    expect(rule).toMatch(/summary: '.+'/);
    expect(rule).toMatch(/remedy: \S+/);
  }
});

test.each(ours)('%s is scraped at its port, and missed when it does not answer', (name) => {
  const port = /PORT: '(\d+)'/.exec(serviceBlock(name))?.[1] ?? '3003';
  const jobs = scraped.split('- job_name: ');
  const job = jobs.find((each) =>
    new RegExp(`names: \\[.*\\b${name}(?=[,\\]])`).test(each.replaceAll('\n', ' ')),
  );
  expect(job).toContain(`port: ${port}`);
  expect(rules).toContain(`absent(up{service="${name}"})`);
});

/** Names before `{`, `[`, `)` or an operator that are no function, keyword or label. */
function metricsIn(expression: string): string[] {
  const bare = expression
    .replaceAll(/"[^"]*"/g, '')
    .replaceAll(/\b(?:by|without|on|ignoring) \([^)]*\)/g, '')
    .replaceAll(/\{[^}]*\}/g, '');
  return [...bare.matchAll(/\b[a-zA-Z_][\w:]*\b(?! *\()/g)]
    .map(([name]) => name)
    .filter((name) => !['or', 'and', 'unless', 'bool'].includes(name) && !/^[smhde]\d*$/.test(name))
    .map((name) => name.replace(/_(?:bucket|count|sum)$/, ''));
}

function namesInServices(): string[] {
  const files = readdirSync(new URL('services', root), { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return files.flatMap((path) =>
    [...read(`services/${path}`).matchAll(/name: '((?:readside|read_api|write_api|http)_\w+)'/g)].map(
      ([, name]) => name ?? '',
    ),
  );
}
