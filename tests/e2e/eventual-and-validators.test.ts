/** The strategies that wait for nothing: eventual reads, polling of the version, and validators over real changes. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../../stack/wait.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { after, command, newEmail, read, send } from '../support/system-client.ts';

const SOON = { timeoutMs: 20_000, intervalMs: 5 };

describe('without a token', () => {
  test('a read shows a command soon, and says how fresh it is', async () => {
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const shown = await waitFor(
      'the new profile',
      async () => {
        const answer = await read(`/profiles/${created.id}`);
        expect([200, 404]).toContain(answer.status);
        return answer.status === 200 ? answer : undefined;
      },
      SOON,
    );
    expect(shown.body).toMatchObject({ id: created.id, version: 1 });
    expect(shown.freshness).toMatchObject({ strategy: 'eventual', version: '1' });
    expect(shown.freshness).not.toHaveProperty('stale');
    expect(shown.freshness['position']).toMatch(/^"\d:\d+"$/);
    expect(shown.freshness['changed-at']).toMatch(/^"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z"$/);
  });

  test('as-of passes the time of a write that is shown', async () => {
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const { freshness } = await read(`/profiles/${created.id}`, after(created));
    const changedAt = Date.parse(unquoted(freshness['changed-at']));
    const asOf = await waitFor(
      'as-of to pass the write',
      async () => {
        const now = await read(`/profiles/${created.id}`);
        const time = Date.parse(unquoted(now.freshness['as-of']));
        return time > changedAt ? time : undefined;
      },
      { timeoutMs: 20_000 },
    );
    expect(asOf).toBeLessThanOrEqual(Date.now());
  });

  test('polling the version reaches that of the command, and the profile then shows it', async () => {
    const { id } = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const changed = await command('PATCH', `/users/${id}`, { displayName: 'polled' });
    const seen: number[] = [];
    await waitFor(
      `version ${changed.version}`,
      async () => {
        const { status, body } = await read(`/profiles/${id}/version`);
        if (status === 200) seen.push(Number(body['version']));
        return seen.at(-1) === changed.version;
      },
      SOON,
    );
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect((await read(`/profiles/${id}`)).body).toMatchObject({
      version: changed.version,
      displayName: 'polled',
    });
  });
});

describe('an ETag', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline();
  });
  afterAll(() => pipeline.close());

  test('is kept until the document changes, and not beyond', async () => {
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const path = `/profiles/${created.id}`;
    const first = await read(path, after(created));
    const etag = first.headers['etag'] ?? '';
    const held = await read(path, { 'if-none-match': etag });
    expect({ status: held.status, text: held.text, etag: held.headers['etag'] }).toEqual({
      status: 304,
      text: '',
      etag,
    });
    const changed = await command('PATCH', `/users/${created.id}`, { displayName: 'new' });
    const second = await read(path, { ...after(changed), 'if-none-match': etag });
    expect(second.status).toBe(200);
    expect(second.headers['etag']).not.toBe(etag);
    expect((await read(path, { 'if-none-match': second.headers['etag'] ?? '' })).status).toBe(304);
  });

  test('differs after a change by SQL that leaves the version alone', async () => {
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const path = `/profiles/${created.id}`;
    const etag = (await read(path, after(created))).headers['etag'] ?? '';
    await pipeline.sql.query("update users set phone = '+33 1 23 45 67 89' where id = $1", [created.id]);
    const changed = await waitFor(
      'another ETag',
      async () => {
        const answer = await read(path, { 'if-none-match': etag });
        return answer.status === 200 ? answer : undefined;
      },
      SOON,
    );
    expect(changed.body).toMatchObject({ version: 1, phone: '+33 1 23 45 67 89' });
    expect(changed.headers['etag']).toMatch(/^"1-/);
  });

  test('of a document is what If-Match of the write API takes, and refuses when it is old', async () => {
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const etag = (await read(`/profiles/${created.id}`, after(created))).headers['etag'] ?? '';
    const path = `/users/${created.id}`;
    const changed = await command('PATCH', path, { displayName: 'one' }, { 'if-match': etag });
    expect(changed.version).toBe(2);
    expect((await send('PATCH', path, { displayName: 'two' }, { 'if-match': etag })).status).toBe(412);
    const { headers, body } = await read(`/profiles/${created.id}`, after(changed));
    expect(body).toMatchObject({ displayName: 'one' });
    const removed = await command('DELETE', path, undefined, { 'if-match': headers['etag'] ?? '' });
    expect((await read(`/profiles/${created.id}`, after(removed))).status).toBe(404);
  });
});

function unquoted(text = ''): string {
  return text.replaceAll('"', '');
}
