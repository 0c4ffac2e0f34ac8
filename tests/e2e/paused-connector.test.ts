/** While changes do not get through, each strategy says the truth: stale after the deadline, current from the source. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { pauseConnector, resumeConnector } from '../support/connector-control.ts';
import { openPipeline } from '../support/pipeline.ts';
import { after, command, newEmail, read } from '../support/system-client.ts';
import type { Acknowledged } from '../support/system-client.ts';

describe('while the connector is paused', () => {
  let known: Acknowledged;
  let doomed: Acknowledged;
  let changed: Acknowledged;
  const email = newEmail();

  beforeAll(async () => {
    known = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    doomed = await command('POST', '/users', { email: newEmail(), fullName: 'Byron' });
    for (const user of [known, doomed]) await read(`/profiles/${user.id}`, after(user));
    await pauseConnector(profile.stream);
    changed = await command('PATCH', `/users/${known.id}`, { displayName: 'held back', email });
  }, 60_000);
  afterAll(() => resumeConnector(profile.stream), 60_000);

  test('a wait ends at its deadline with what is there, and says that it is stale', async () => {
    const asked = Date.now();
    const { status, body, freshness, headers } = await read(`/profiles/${known.id}`, after(changed, 1));
    expect(Date.now() - asked).toBeGreaterThanOrEqual(950);
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: 1, displayName: null });
    expect(freshness).toMatchObject({ strategy: 'wait', stale: '?1', version: '1' });
    expect(headers['preference-applied']).toBe('wait=1');
  });

  test('a token alone waits for nothing, and says that it is stale', async () => {
    const { status, freshness } = await read(`/profiles/${known.id}`, { 'consistency-token': changed.token });
    expect(status).toBe(200);
    expect(freshness).toMatchObject({ strategy: 'wait', stale: '?1' });
  });

  test('a new user is 404, and says that this is stale; so is the look-up of a new e-mail', async () => {
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Grace' });
    const missing = await read(`/profiles/${created.id}`, after(created, 0));
    expect(missing.status).toBe(404);
    expect(missing.freshness).toMatchObject({ strategy: 'wait', stale: '?1' });
    const lookup = await read(`/profiles?email=${encodeURIComponent(email)}`, after(changed, 0));
    expect(lookup.status).toBe(404);
    expect(lookup.freshness['stale']).toBe('?1');
  });

  test('a deleted user is still shown, and says that this is stale', async () => {
    const deleted = await command('DELETE', `/users/${doomed.id}`);
    const { status, freshness } = await read(`/profiles/${deleted.id}`, after(deleted, 0));
    expect(status).toBe(200);
    expect(freshness['stale']).toBe('?1');
    expect((await read(`/profiles/${deleted.id}?consistency=source`)).status).toBe(404);
  });

  test('an eventual read and the version stay, and claim no more than they know', async () => {
    const { body, freshness } = await read(`/profiles/${known.id}`);
    expect(body).toMatchObject({ version: 1, displayName: null });
    const asOf = Date.parse((freshness['as-of'] ?? '').replaceAll('"', ''));
    expect(asOf).toBeLessThan(await committedAt(known.id));
    expect((await read(`/profiles/${known.id}/version`)).body).toEqual({ id: known.id, version: 1 });
  });

  test('consistency=source shows it at once, by id, by e-mail and by version', async () => {
    for (const path of [`/profiles/${known.id}?`, `/profiles?email=${encodeURIComponent(email)}&`]) {
      const { status, body, freshness } = await read(`${path}consistency=source`);
      expect(status).toBe(200);
      expect(body).toMatchObject({ id: known.id, email, version: changed.version, displayName: 'held back' });
      expect(freshness).toMatchObject({ strategy: 'source', stale: '?0', version: String(changed.version) });
    }
    const version = await read(`/profiles/${known.id}/version?consistency=source`);
    expect(version.body).toEqual({ id: known.id, version: changed.version });
  });

  test('one who waits is answered when the connector goes on, and then the version has moved', async () => {
    const waiting = read(`/profiles/${known.id}`, after(changed, 30));
    await resumeConnector(profile.stream);
    const { status, body, freshness } = await waiting;
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: changed.version, displayName: 'held back' });
    expect(freshness).toMatchObject({ strategy: 'wait', stale: '?0' });
    expect((await read(`/profiles/${known.id}/version`)).body).toEqual({
      id: known.id,
      version: changed.version,
    });
  });
});

async function committedAt(id: string): Promise<number> {
  const pipeline = await openPipeline();
  try {
    const { rows } = await pipeline.sql.query<{ at: Date }>(
      'select updated_at as at from users where id = $1',
      [id],
    );
    return rows[0]?.at.getTime() ?? 0;
  } finally {
    await pipeline.close();
  }
}
