/** Something for graphs to show: people who sign up and change things, for a while. */
import { setTimeout as delay } from 'node:timers/promises';
import { bearer } from '../../../cli/local/development-token.ts';
import type { StackFile } from '../../../cli/local/stack-file.ts';

const USERS = 25;
const ROUNDS = 600;
const ENOUGH = 400;
const ROUND_MS = 100;

/** The first of them. */
export const SOMEBODY = 'grace@example.com';

/** `onEnough`: there is something to see, and it goes on. */
export async function writeForAWhile(
  { writeApiUrl, readApiUrl, token }: StackFile,
  onEnough: () => void,
): Promise<void> {
  const headers = { ...bearer(token), 'content-type': 'application/json' };
  const send = async (method: string, path: string, body: unknown): Promise<{ readonly id: string }> => {
    const response = await fetch(`${writeApiUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { readonly id: string };
  };
  const ids: string[] = [];
  for (let n = 0; n < USERS; n++) {
    const email = n === 0 ? SOMEBODY : `user${n}@example.com`;
    const { id } = await send('POST', '/users', { email, fullName: n === 0 ? 'Grace Hopper' : `User ${n}` });
    ids.push(id);
    await send('POST', `/users/${id}/addresses`, {
      label: 'home',
      line1: '12 rue Mercière',
      city: 'Lyon',
      country: 'FR',
    });
  }
  for (let round = 0; round < ROUNDS; round++) {
    if (round === ENOUGH) onEnough();
    const next = delay(ROUND_MS);
    // More at some times than at others, as it is.
    const many = 2 + Math.round(3 * (1 + Math.sin(round / 30)));
    const some = Array.from(
      { length: many },
      (_, n) => ids[(round * 7 + n) % (round < 3 ? 1 : ids.length)] ?? '',
    );
    await Promise.all([
      ...some.map((id) =>
        send('PATCH', `/users/${id}/preferences`, { visits: round, theme: round % 2 ? 'dark' : 'light' }),
      ),
      ...some.map((id) =>
        fetch(`${readApiUrl}/profiles/${id}`, { headers }).then((response) => response.text()),
      ),
    ]);
    await next;
  }
}
