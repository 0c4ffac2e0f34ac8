/** An application is found by its folder, and its local system by the data folder. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { chosenApplication } from '../../cli/chosen-application.ts';
import { noteDataOf } from '../../cli/local/data-of.ts';
import { folderOf, loadApplication, MIGRATIONS } from '../../services/shared/application.ts';
import { migrationNames } from '../../services/shared/foundation/migrate.ts';
import { loadProjection, projectionNames } from '../../services/shared/load-projection.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const NOTES = fileURLToPath(new URL('../fixtures/apps/notes', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'readside-application-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an application', () => {
  test('is the clone’s own where none is named, and by its name', async () => {
    const own = await loadApplication();
    expect(own).toMatchObject({ name: 'profile', folder: '', traffic: null });
    expect(await loadApplication('profile')).toEqual(own);
    expect(projectionNames(own)[0]).toBe('profile');
  });

  test('has its own read models, tables and programs, by the path of its folder', async () => {
    const notes = await loadApplication(NOTES);
    expect(notes).toMatchObject({
      name: 'notes',
      choice: NOTES,
      writeApi: 'tests/fixtures/apps/notes/write-api/server.ts',
      traffic: 'tests/fixtures/apps/notes/traffic.ts',
    });
    expect(projectionNames(notes)).toEqual(['notes']);
    expect((await loadProjection(notes)).resource).toBe('notes');
    await expect(loadProjection(notes, 'profile')).rejects.toThrow('PROJECTION profile: there is no');
  });

  test('shares the foundation’s migrations with others, and none of its own', async () => {
    const names = async (choice?: string): Promise<readonly string[]> =>
      migrationNames(folderOf(await loadApplication(choice), MIGRATIONS));
    const [own, notes] = [await names(), await names(NOTES)];
    const both = own.filter((name) => notes.includes(name));
    expect(both).toEqual(expect.arrayContaining(['1763900000001_readside-schema']));
    expect(own.slice(0, both.length)).toEqual(both);
    expect(own.slice(both.length)).toContain('1764000000001_profile-tables');
    expect(notes.slice(both.length)).toEqual(['1764000000001_notes']);
  });

  test.each(['nobody', './nowhere', tmpdir(), join(ROOT, 'docs')])(
    'that is not there is refused with the names of those that are: %s',
    async (choice) => {
      await expect(loadApplication(choice)).rejects.toThrow(
        `there is no application ${choice}; there is profile`,
      );
    },
  );
});

describe('a verb', () => {
  const chosen = (
    options: Parameters<typeof chosenApplication>[0],
    env: NodeJS.ProcessEnv = {},
  ): Promise<readonly [string, string]> =>
    chosenApplication(options, { root: '/clone', env }).then(({ data, application }) => [
      data,
      application.name,
    ]);

  test('works in a data folder for each application, or in the one that it is told', async () => {
    expect(await chosen({})).toEqual(['/clone/.readside', 'profile']);
    expect(await chosen({ example: NOTES })).toEqual(['/clone/.readside/examples/notes', 'notes']);
    expect(await chosen({ example: NOTES, data: '/elsewhere' })).toEqual(['/elsewhere', 'notes']);
    const env = { READSIDE_EXAMPLE: NOTES, READSIDE_DATA: '/elsewhere' };
    expect(await chosen({}, env)).toEqual(['/elsewhere', 'notes']);
    expect(await chosen({ example: 'profile', data: '/here' }, env)).toEqual(['/here', 'profile']);
  });

  test('finds by the data whose they are, and touches them for nobody else', async () => {
    noteDataOf(folder, NOTES);
    expect(await chosen({ data: folder })).toEqual([folder, 'notes']);
    await expect(chosen({ data: folder, example: 'profile' })).rejects.toThrow(
      `${folder} holds the data of ${NOTES}, not of profile`,
    );
  });
});
