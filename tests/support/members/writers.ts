/**
 * Writers whose every command is counted. Each has users of its own, sends one command after another with an Idempotency-Key, and asks again
 * with that key until it is answered: a user's version is then the number of the commands, or one was lost or done twice.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom } from '../../../services/shared/random.ts';
import type { Random } from '../../../services/shared/random.ts';
import type { Client } from './client.ts';

/** A user as the acknowledgements tell it. */
export interface WrittenUser {
  readonly id: string;
  /** Commands acknowledged: each is one version. */
  version: number;
  addresses: number;
  /** From the moment at which its delete is sent. */
  isDeleted: boolean;
}

export interface Written {
  readonly users: WrittenUser[];
  acknowledged: number;
  /** Answers that no command of these should get. */
  readonly unexpected: string[];
}

type Body = Readonly<Record<string, unknown>>;

const COUNTRIES = ['FR', 'PT', 'DE', 'IT'];
const FEW = 8;

/** Until `stop`; the last command of each is waited for. */
export async function writeCounted(
  client: Client,
  written: Written,
  seed: number,
  stop: AbortSignal,
  pauseMs: number,
): Promise<void> {
  const random = createRandom(seed);
  const own: WrittenUser[] = [];
  while (!stop.aborted) {
    const user = own.length < FEW || random.chance(0.1) ? undefined : random.pick(own);
    if (user === undefined) {
      const made = await create(client, written, random);
      if (made) own.push(made);
    } else if (random.chance(0.04)) {
      own.splice(own.indexOf(user), 1);
      user.isDeleted = true;
      await change(client, written, user, 'DELETE', '');
    } else await changeSomething(client, written, user, random);
    await sleep(pauseMs);
  }
}

async function changeSomething(
  client: Client,
  written: Written,
  user: WrittenUser,
  random: Random,
): Promise<void> {
  switch (random.below(3)) {
    case 0:
      await change(client, written, user, 'PATCH', '', { displayName: String(random.below(1e6)) });
      return;
    case 1: {
      const preferences = { theme: random.pick(['dark', 'light']), seen: random.below(1e6) };
      await change(client, written, user, 'PATCH', '/preferences', preferences);
      return;
    }
    default: {
      const country = random.pick(COUNTRIES);
      const address = { label: 'home', line1: String(random.below(1e6)), city: 'Town', country };
      if (await change(client, written, user, 'POST', '/addresses', address)) user.addresses += 1;
    }
  }
}

/** A user that nobody writes to any more; undefined when it was not acknowledged. */
export async function create(
  client: Client,
  written: Written,
  random: Random,
): Promise<WrittenUser | undefined> {
  const user = { email: `${randomUUID()}@example.com`, fullName: `Member ${random.below(1e6)}` };
  const answer = await send(client, random.below(2), 'POST', '/users', user);
  if (answer.status !== 201 || answer.body['version'] !== 1) {
    written.unexpected.push(`POST /users: ${answer.status} ${answer.text}`);
    return undefined;
  }
  const made = { id: String(answer.body['id']), version: 1, addresses: 0, isDeleted: false };
  written.users.push(made);
  written.acknowledged += 1;
  return made;
}

/** True when it was acknowledged, as the very next version. */
async function change(
  client: Client,
  written: Written,
  user: WrittenUser,
  method: string,
  path: string,
  body?: Body,
): Promise<boolean> {
  const answer = await send(client, user.version % 2, method, `/users/${user.id}${path}`, body);
  const { id, version } = answer.body;
  if (answer.status >= 300 || id !== user.id || version !== user.version + 1) {
    written.unexpected.push(`${method} ${path} after ${user.version}: ${answer.status} ${answer.text}`);
    return false;
  }
  user.version += 1;
  written.acknowledged += 1;
  return true;
}

function send(
  client: Client,
  first: number,
  method: string,
  path: string,
  body?: Body,
): ReturnType<Client['ask']> {
  return client.ask(
    path,
    {
      method,
      headers: {
        'idempotency-key': randomUUID(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    first,
  );
}
