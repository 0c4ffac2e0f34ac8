/** README and docs/ hang together: each page is in the site's sidebar, each link leads somewhere, each image is there and shown. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { slug } from '../../docs/site/slug.mjs';

interface Group {
  readonly items: ReadonlyArray<{ readonly text: string; readonly page: string }>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const docs = join(root, 'docs');
const SITE = join(docs, 'site');

const inDocs = readdirSync(docs, { recursive: true, encoding: 'utf8' })
  .filter((path) => !join(docs, path).startsWith(SITE))
  .toSorted();
const pages = inDocs.filter((path) => path.endsWith('.md'));
const texts = ['README.md', 'CONTRIBUTING.md', ...pages.map((path) => `docs/${path}`)];
const sidebar = JSON.parse(readFileSync(join(SITE, 'sidebar.json'), 'utf8')) as readonly Group[];

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const withoutCode = (text: string): string =>
  text.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

interface Link {
  readonly from: string;
  readonly to: string;
}

const links: readonly Link[] = texts.flatMap((from) =>
  [...withoutCode(read(from)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, to = '']) => ({ from, to }))
    .filter(({ to }) => !/^[a-z]+:/.test(to)),
);

/** Anchors of a page's headings, the second of a name with -1 behind it. */
function anchorsOf(path: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  const headings = read(path)
    .replaceAll(/^```[^]*?^```$/gm, '')
    .matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, text = '']) => {
      const anchor = slug(text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
      const count = counts.get(anchor) ?? 0;
      counts.set(anchor, count + 1);
      return count === 0 ? anchor : `${anchor}-${count}`;
    }),
  );
}

/** Why it leads nowhere; null when it does not. */
function broken({ from, to }: Link): string | null {
  const [path = '', anchor] = to.split('#');
  const file = path === '' ? from : relative(root, join(root, dirname(from), decodeURI(path)));
  const told = `${from}: ${to}`;
  if (!existsSync(join(root, file))) return told;
  if (anchor === undefined) return null;
  if (statSync(join(root, file)).isDirectory() || !file.endsWith('.md')) return `${told} (no page)`;
  return anchorsOf(file).has(anchor) ? null : `${told} (no such heading)`;
}

describe('the sidebar', () => {
  const listed = sidebar.flatMap(({ items }) => items.map(({ page }) => page));

  test('has every page once, and the decisions by their index', () => {
    const wanted = pages.filter((path) => path !== 'README.md' && !/^decisions\/\d/.test(path));
    expect(listed.toSorted()).toEqual(wanted);
    expect(wanted).toEqual(expect.arrayContaining(['start.md', 'decisions/README.md', 'reference/cli.md']));
  });

  test('the index of the decisions has each of them', () => {
    const index = read('docs/decisions/README.md');
    const decisions = pages.filter((path) => /^decisions\/\d/.test(path));
    expect(decisions.filter((path) => !index.includes(`(${path.replace('decisions/', '')})`))).toEqual([]);
  });
});

describe('links', () => {
  test('lead somewhere, to a heading where they name one', () => {
    expect(links.length).toBeGreaterThan(150);
    expect(links.map(broken).filter((each) => each !== null)).toEqual([]);
  });

  test('that are wrong are found', () => {
    const from = 'docs/concepts.md';
    expect(broken({ from, to: 'nothing.md' })).toMatch('nothing.md');
    expect(broken({ from, to: 'glossary.md#nothing' })).toMatch('no such heading');
    expect(broken({ from, to: '#nothing' })).toMatch('no such heading');
    expect(broken({ from, to: '#quarantine' })).toBeNull();
  });

  test('no heading has a tag in it, which forges leave out and anchors keep', () => {
    const headings = texts.flatMap((path) => withoutCode(read(path)).match(/^#+ .*<.*$/gm) ?? []);
    expect(headings).toEqual([]);
  });
});

describe('images', () => {
  test('are all shown somewhere', () => {
    const shown = new Set(links.map(({ from, to }) => relative(docs, join(root, dirname(from), to))));
    const images = inDocs.filter((path) => /\.(svg|png|jpe?g|gif|webp)$/.test(path));
    expect(images.length).toBeGreaterThan(5);
    expect(images.filter((path) => !shown.has(path))).toEqual([]);
  });
});

describe('the site', () => {
  test('names no registry in its lockfile, and exact versions', () => {
    const { dependencies } = JSON.parse(readFileSync(join(SITE, 'package.json'), 'utf8')) as {
      readonly dependencies: Readonly<Record<string, string>>;
    };
    expect(Object.values(dependencies).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    expect(readFileSync(join(SITE, 'package-lock.json'), 'utf8')).not.toContain('"resolved"');
  });
});
