/** Random commands by REST, and what was acknowledged: an acknowledged command must never be lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { bearer } from '../../../cli/local/development-token.ts';
import type { Random } from '../../../services/shared/random.ts';
import type { Population } from './population.ts';

type Command = readonly [method: string, path: string, body?: unknown];

export interface RestReport {
  acknowledged: number;
  /** Answers that say no for a good reason: gone, duplicate, conflict. */
  refused: number;
  /** The server did not answer, or said that it cannot now. */
  unavailable: number;
  /** Answers that no valid command should get. */
  readonly unexpected: string[];
}

const REFUSALS = new Set([404, 409, 412, 422]);
const DELETE_USER = /^\/users\/([^/]+)$/;
const TIMEOUT_MS = 15_000;

export async function restWriter(
  url: string,
  random: Random,
  people: Population,
  stop: AbortSignal,
  pauseMs: number,
  token: string | null = null,
): Promise<RestReport> {
  const report: RestReport = { acknowledged: 0, refused: 0, unavailable: 0, unexpected: [] };
  for (let i = 0; !stop.aborted; i++) {
    const [method, path, body] = choose(random, people, i);
    // Whether it was committed is not known, and so it is not counted as acknowledged.
    const inDoubt = (): void => {
      report.unavailable++;
      const user = DELETE_USER.exec(path)?.[1];
      if (method === 'DELETE' && user !== undefined) people.uncertain(user);
    };
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...bearer(token),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.ok) {
        const { id, version } = JSON.parse(text) as { id: string; version: number };
        report.acknowledged++;
        if (method === 'DELETE' && path === `/users/${id}`) people.deleted(id);
        else people.acknowledged(id, version);
      } else if (REFUSALS.has(response.status)) report.refused++;
      else if (response.status === 503) inDoubt();
      else report.unexpected.push(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    } catch {
      inDoubt();
      await sleep(50);
    }
    if (pauseMs > 0) await sleep(pauseMs);
  }
  return report;
}

function choose(random: Random, people: Population, i: number): Command {
  const id = people.any(random);
  if (id === undefined || random.chance(0.15)) return ['POST', '/users', newUser(random, i)];
  const roll = random.next();
  if (roll < 0.25)
    return [
      'PATCH',
      `/users/${id}`,
      { displayName: word(random), bio: random.chance(0.1) ? word(random).repeat(180) : null },
    ];
  if (roll < 0.4) return ['POST', `/users/${id}/addresses`, address(random)];
  if (roll < 0.6)
    return ['PATCH', `/users/${id}/preferences`, { [key(random)]: value(random), [key(random)]: null }];
  if (roll < 0.7) return ['PUT', `/users/${id}/preferences/${key(random)}`, { value: value(random) }];
  if (roll < 0.78) return ['DELETE', `/users/${id}/preferences/${key(random)}`];
  if (roll < 0.93) return ['PUT', `/users/${id}/profile`, { ...newUser(random, i), status: 'active' }];
  return ['DELETE', `/users/${id}`];
}

function newUser(random: Random, i: number): Record<string, unknown> {
  return {
    email: `rest.${i}.${Math.floor(random.next() * 1e12)}@example.com`,
    fullName: word(random),
    addresses: Array.from({ length: random.below(3) }, () => address(random)),
    preferences: { [key(random)]: value(random), [key(random)]: value(random) },
  };
}

function address(random: Random): Record<string, unknown> {
  return {
    label: word(random),
    line1: word(random),
    city: word(random),
    country: random.pick(['FR', 'DE', 'PT']),
  };
}

function key(random: Random): string {
  return random.pick(['theme', 'language', 'news', 'a.b', '$dollar', '__proto__', 'ключ']) ?? 'theme';
}

function value(random: Random): unknown {
  return random.pick([
    true,
    null,
    3.25,
    'dark',
    { email: true, nested: { list: [1, 'two', null] } },
    [],
    Math.floor(random.next() * 1e9),
  ]);
}

function word(random: Random): string {
  return (
    random.pick(['Ünïcode', 'plain', 'emoji 🧭', 'quote " and \\', 'long '.repeat(8)]) +
    String(random.below(1e6))
  );
}
