/** docs/reference/ is what the code makes of it: every variable, verb and route, each with its meaning. */
import { readFileSync, readdirSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { createProgram } from '../../cli/program.ts';
import { readServices } from '../support/reference/config-page.ts';
import { REFERENCE_FOLDER, referencePages } from '../support/reference/pages.ts';

let pages: Awaited<ReturnType<typeof referencePages>>;
beforeAll(async () => {
  pages = await referencePages();
}, 60_000);

describe('the reference', () => {
  test('is what the code makes of it: else run npm run docs:write', () => {
    expect(readdirSync(REFERENCE_FOLDER).toSorted()).toEqual(Object.keys(pages).toSorted());
    for (const [name, text] of Object.entries(pages))
      expect(text).toBe(readFileSync(new URL(name, REFERENCE_FOLDER), 'utf8'));
  });

  test('has every variable of every service that there is', async () => {
    const services = await readServices();
    const folders = readdirSync(new URL('../../services/', import.meta.url)).filter(
      (name) => name !== 'shared',
    );
    expect(folders).toEqual(expect.arrayContaining(services.map(({ name }) => name)));
    expect(services.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['projector', 'read-api', 'write-api']),
    );
    for (const { name, variables } of services)
      for (const each of variables)
        expect({ name, has: pages['config.md']?.includes(`\`${each.name}\``) }).toEqual({ name, has: true });
  });

  test('has every verb, and the verbs below it', async () => {
    const { commands } = await createProgram({ root: '.', env: {} }, []);
    const names = commands.flatMap((verb) => [
      `## ${verb.name()}\n`,
      ...verb.commands.map((each) => `### ${verb.name()} ${each.name()}\n`),
    ]);
    expect(names.length).toBeGreaterThan(25);
    expect(names.filter((heading) => !pages['cli.md']?.includes(heading))).toEqual([]);
  });
});
