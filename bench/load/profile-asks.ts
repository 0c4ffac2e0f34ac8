/** Commands on random users, and their profiles. */
import { done, reading } from './asks.ts';
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
      const command = commands[n % commands.length];
      if (!command) throw new TypeError('there is no command');
      const [method, path, body] = command(n);
      return done(await api.ask(method, path, JSON.stringify(body)), `${method} ${path}`);
    },
    read: () => reading(`/profiles/${one()}`),
  };
}
