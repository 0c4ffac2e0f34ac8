/** The rules of the house (docs/architecture.md): what may import what, and what the engine may not know. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { columnOf } from '../../services/shared/projection/row-decoder.ts';

const root = new URL('../../', import.meta.url);

interface Source {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
  /** Modules that it imports, each from the root where it is a file of ours. */
  readonly imports: readonly string[];
}

function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted()
    .map((name) => {
      const path = `${folder}${name}`;
      const text = readFileSync(new URL(path, root), 'utf8');
      const specifiers = [...text.matchAll(/\bfrom\s+'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g)].map(
        ([, from, module]) => from ?? module ?? '',
      );
      return { path, text, imports: specifiers.map((each) => resolve(path, each)) };
    });
}

function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return new URL(specifier, new URL(path, 'file:///')).pathname.slice(1);
}

const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');

/** Imports of `sources` that `allowed` does not allow, each as `file → module`. */
const forbidden = (sources: readonly Source[], allowed: (module: string) => boolean): readonly string[] =>
  sources.flatMap(({ path, imports }) =>
    imports.filter((each) => !allowed(each)).map((each) => `${path} → ${each}`),
  );

const LANGUAGE = 'services/shared/projection/';
/** Of every application. */
const PROJECTIONS = [
  'projections/',
  ...readdirSync(new URL('examples/', root))
    .map((name) => `examples/${name}/projections/`)
    .filter((folder) => existsSync(new URL(folder, root))),
];
const SERVICES = ['services/write-api/', 'services/projector/', 'services/read-api/', 'services/console/'];

describe('projections and the projection language', () => {
  const language = sourcesIn(LANGUAGE);
  const pure = [...PROJECTIONS.flatMap(sourcesIn), ...language];

  test('are looked at', () => {
    expect(pure.length).toBeGreaterThan(8);
    expect(pure.flatMap(({ imports }) => imports).length).toBeGreaterThan(8);
  });

  test('import nothing but each other, lossless JSON, its equality and the names of streams', () => {
    const allowed = ['lossless-json', 'same-json', 'stream-names'].map(
      (name) => `services/shared/${name}.ts`,
    );
    expect(forbidden(language, (each) => each.startsWith(LANGUAGE) || allowed.includes(each))).toEqual([]);
    for (const folder of PROJECTIONS)
      expect(
        forbidden(sourcesIn(folder), (each) => each.startsWith(LANGUAGE) || each.startsWith(folder)),
      ).toEqual([]);
    const leaves = sourcesIn('services/shared/').filter(({ path }) => allowed.includes(path));
    expect(leaves).toHaveLength(3);
    expect(forbidden(leaves, (each) => each === 'lossless-json' || allowed.includes(each))).toEqual([]);
  });

  test('use no clock, chance, environment, console, network or timer', () => {
    const impure =
      /\bDate\b|\bperformance\b|\bMath\.random\b|\bcrypto\b|\bprocess\b|\bconsole\b|\bfetch\b|\bset(?:Timeout|Interval|Immediate)\b|\bglobalThis\b|\bawait\b/;
    const found = pure.flatMap(({ path, text }) => {
      const [word] = impure.exec(withoutComments(text)) ?? [];
      return word === undefined ? [] : [`${path}: ${word}`];
    });
    expect(found).toEqual([]);
  });
});

describe('services', () => {
  test.each(SERVICES)('%s imports no other service', (service) => {
    const sources = sourcesIn(service);
    expect(sources.length).toBeGreaterThan(3);
    const others = SERVICES.filter((each) => each !== service);
    expect(forbidden(sources, (each) => !others.some((other) => each.startsWith(other)))).toEqual([]);
  });

  test('share only what none of them owns: services/shared imports no service', () => {
    const sources = sourcesIn('services/shared/');
    expect(forbidden(sources, (each) => !SERVICES.some((service) => each.startsWith(service)))).toEqual([]);
  });

  test('know nothing of the CLI, the stack, the tests and the benchmarks', () => {
    const outside = ['cli/', 'stack/', 'tests/', 'bench/', 'connectors/'];
    const sources = [...sourcesIn('services/'), ...PROJECTIONS.flatMap(sourcesIn)];
    expect(forbidden(sources, (each) => !outside.some((folder) => each.startsWith(folder)))).toEqual([]);
  });

  test('open MongoDB, as the CLI does, in one way only: the driver by itself misreads some documents', () => {
    const openers = [...sourcesIn('services/'), ...sourcesIn('cli/')].filter(({ text }) =>
      withoutComments(text).includes('new MongoClient('),
    );
    expect(openers.map(({ path }) => path)).toEqual(['services/shared/mongo.ts']);
  });

  test('read the environment in their server only', () => {
    const readers = sourcesIn('services/').filter(({ text }) =>
      withoutComments(text).includes('process.env'),
    );
    for (const { path } of readers) expect(path).toMatch(/^services\/[a-z-]+\/(server|[a-z-]*main)\.ts$/);
  });
});

describe('the pure steps of the projector', () => {
  test.each(['decode.ts', 'group-by-document.ts', 'fold-document.ts'])('%s imports no driver', (name) => {
    const sources = sourcesIn('services/projector/').filter(({ path }) => path.endsWith(`/${name}`));
    expect(sources).toHaveLength(1);
    expect(forbidden(sources, (each) => each.startsWith('services/'))).toEqual([]);
  });
});

describe('the engine', () => {
  const engine = ['services/projector/', 'services/read-api/', 'services/shared/', 'connectors/'].flatMap(
    sourcesIn,
  );
  const { root: table, embed = {} } = profile.definition;
  const fields = [
    table.fields,
    ...Object.values(embed).flatMap((each) => (each.kind === 'list' ? [each.fields] : [])),
  ];
  const names = [
    table.table,
    ...Object.values(embed).flatMap((each) => [each.table, each.parent]),
    ...fields.flatMap((each) => Object.entries(each).flatMap(([name, type]) => [name, columnOf(name, type)])),
  ];
  /** Words that mean something without a profile too. */
  const COMMON = ['id', 'version', 'status'];
  const words = [...new Set(names)].filter((name) => !COMMON.includes(name));

  test('does not know the profile: none of its tables, columns and fields', () => {
    expect(words).toEqual(
      expect.arrayContaining(['users', 'addresses', 'preferences', 'user_id', 'email', 'fullName']),
    );
    const found = engine.flatMap(({ path, text }) =>
      words
        .filter((word) => new RegExp(`\\b${word}\\b`).test(withoutComments(text)))
        .map((word) => `${path}: ${word}`),
    );
    expect(found).toEqual([]);
  });

  /** What people say of the examples. `order` alone is a word of ours too. */
  const DOMAINS =
    /\b(customers?|products?|order_?ids?|order_items?|customer_?ids?|shipments?|refund\w*|revenue|invoices?|payments?|accounts?|balances?|deposit\w*|withdraw\w*|overdrawn|emt_\w+|emmett)\b/i;

  test('does not know the examples: no word of a shop or a bank', () => {
    expect('const refunded = order.customerId').toMatch(DOMAINS);
    const found = engine.flatMap(({ path, text }) => {
      const [word] = DOMAINS.exec(withoutComments(text)) ?? [];
      return word === undefined ? [] : [`${path}: ${word}`];
    });
    expect(found).toEqual([]);
  });
});
