/** Commands on random users, and their profiles. */
import { done } from './asks.ts';
import type { Asks } from './asks.ts';

export function createProfileAsks(ids: readonly string[]): Asks {
  const one = (): string => ids[Math.floor(Math.random() * ids.length)] ?? '';
  const commands: ReadonlyArray<(n: number) => readonly [method: string, path: string, body: object]> = [
    (n) => ['PATCH', `/users/${one()}`, { displayName: `name ${n}` }],
    (n) => ['PUT', `/users/${one()}/preferences/theme`, { value: `dark ${n}` }],
    (n) => ['PATCH', `/users/${one()}/preferences`, { seen: { last: n } }],
  ];
  return {
    write: (n) => async (api) => {
      const [method, path, body] = commands[n % commands.length]?.(n) ?? ['GET', '/', {}];
      return done(await api.ask(method, path, JSON.stringify(body)), `${method} ${path}`);
    },
    read: () => async (api) => {
      const path = `/profiles/${one()}`;
      return done(await api.ask('GET', path), path);
    },
  };
}
