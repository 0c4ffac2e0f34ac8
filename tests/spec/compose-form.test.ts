/** What docker-compose.yml promises of every container, by its form: tests/containers/ asks running ones. */
import { describe, expect, test } from '@jest/globals';
import { serviceBlocks, wholeService } from '../support/compose-file.ts';

const names = [...serviceBlocks().keys()];
/** They do their work and end. */
const ONCE = ['migrate', 'mongo-init', 'register', 'readside'];
/** Whose images start as root unless they are told; the others name a user themselves. */
const USERS = { postgres: 'postgres', mongo: 'mongodb' };

test('there are services to ask', () => expect(names.length).toBeGreaterThan(10));

describe.each(names)('%s', (name) => {
  const service = wholeService(name);

  test('writes nowhere but in volumes and memory, and can become no other user', () => {
    expect(service).toMatch(/^ +read_only: true$/m);
    expect(service).toMatch(/^ +cap_drop: \[ALL\]$/m);
    expect(service).toMatch(/^ +security_opt: \['no-new-privileges:true'\]$/m);
    expect(service).not.toMatch(/privileged: true|cap_add|network_mode|docker\.sock/);
  });

  test('is bounded in memory and processes', () => {
    expect(service).toMatch(/^ +mem_limit: \d+[mg]$/m);
    expect(service).toMatch(/^ +pids_limit: \d+$/m);
  });

  test('is published on loopback or not at all', () => {
    const [, ports = ''] = /^ +ports:\n((?: +- .*\n)+)/m.exec(service) ?? [];
    for (const line of ports.split('\n').filter((each) => each !== ''))
      expect(line).toMatch(/^ +- '127\.0\.0\.1:\$\{[A-Z_]+:-\d+\}:\d+'$/);
  });

  test('comes back when it dies, unless its work is done', () => {
    const restarts = /^ +restart: unless-stopped$/m.test(service);
    expect(restarts).toBe(!ONCE.includes(name));
  });
});

test.each(Object.entries(USERS))('%s never is root', (name, user) => {
  expect(wholeService(name)).toMatch(new RegExp(`^ +user: ${user}$`, 'm'));
});
