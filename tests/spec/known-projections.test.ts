/** A local system that was started with a definition by its path is looked at too. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readModels } from '../../cli/local/projectors.ts';
import { knownProjections } from '../../cli/started-projections.ts';
import { loadApplication } from '../../services/shared/application.ts';
import { loadProjections } from '../../services/shared/load-projection.ts';
import teamsInFixtures from '../fixtures/projections/teams.ts';

const path = fileURLToPath(new URL('../fixtures/projections/teams.ts', import.meta.url));
const running = { url: 'http://127.0.0.1:3003', pid: 1, stopped: false };
const own = await loadApplication();
const names = async (projectors: Parameters<typeof knownProjections>[1]): Promise<readonly string[]> =>
  (await knownProjections(own, projectors)).map(({ name }) => name);

test('what the local system runs by a path is known beside what is in projections/', async () => {
  const inFolder = (await loadProjections(own)).map(({ name }) => name);
  expect(await names(undefined)).toEqual(inFolder);
  const profile = { ...running, projection: 'profile' };
  expect(await names({ projectors: { profile } })).toEqual(inFolder);
  const teams = { ...running, projection: path };
  expect(await names({ projectors: { profile, teams } })).toEqual([...inFolder, 'teams']);
  expect(await knownProjections(own, { projectors: { teams } })).toContain(teamsInFixtures);
});

test('a path is kept so that it means the same in another folder', () => {
  expect(readModels(['profile', './elsewhere/x.ts'], ['profile', 'x'])).toEqual([
    { name: 'profile', projection: 'profile', process: 'projector' },
    { name: 'x', projection: resolve('elsewhere/x.ts'), process: 'projector-x' },
  ]);
});
