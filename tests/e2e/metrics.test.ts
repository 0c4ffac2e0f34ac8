/** Every number of ours that /metrics shows is in docs/telemetry.md, in the same words, and no other. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { runningSystem } from '../support/stack.ts';

const THEIRS = /^(process|nodejs)_/;

test('what is measured is what the docs say', async () => {
  const { writeApiUrl, readApiUrl, projectorUrl } = runningSystem();
  const services = [
    ['write API', writeApiUrl],
    ['read API', readApiUrl],
    ['projector', projectorUrl],
  ] as const;
  const shown = new Map<string, { readonly of: string[]; readonly help: string }>();
  for (const [service, url] of services) {
    const text = await (await fetch(`${url}/metrics`)).text();
    for (const [, name = '', help = ''] of text.matchAll(/^# HELP (\S+) (.*)$/gm)) {
      if (THEIRS.test(name)) continue;
      const known = shown.get(name) ?? { of: [], help };
      known.of.push(service);
      shown.set(name, known);
    }
  }
  expect(shown.size).toBeGreaterThan(25);
  const rows = [...shown].map(
    ([name, { of, help }]) => `${name}: ${of.length === 3 ? 'all' : of[0]}: ${help}`,
  );
  const docs = readFileSync(new URL('../../docs/telemetry.md', import.meta.url), 'utf8');
  const told = [...docs.matchAll(/^\| `([a-z_]+)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, name, of, help]) => `${name}: ${of}: ${help}`,
  );
  expect(told.toSorted()).toEqual(rows.toSorted());
});
