/** A service that cannot start says why at once, all of it, and ends with a code that tells a supervisor what to do. */
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { withUser } from '../../cli/local/services.ts';
import { startService } from '../support/service-process.ts';
import { stackEndpoints } from '../support/stack.ts';

const EXIT_CONFIG = 78;

describe('bad configuration', () => {
  test.each([
    ['write-api', { DATABASE_URL: 'mysql://nope', PORT: 'banana', LOG_LEVEL: 'loud', POOL_SIZE: '0' }],
    ['read-api', { MONGODB_URL: 'nope', DATABASE_URL: 'nope', PORT: '99999', WAIT_MAX_SECONDS: '-1' }],
    ['projector', { MONGODB_URL: 'nope', DATABASE_URL: 'nope', KAFKA_BROKERS: '', BATCH_SIZE: 'many' }],
  ] as const)('of %s is listed whole, and it exits 78', async (name, env) => {
    const service = await startService(name, env);
    const { code, stdout, stderr } = await service.ended;
    expect({ code, stdout }).toEqual({ code: EXIT_CONFIG, stdout: '' });
    const [title, ...lines] = stderr.trimEnd().split('\n');
    expect(title).toBe('bad configuration:');
    const named = lines.map((line) => /^ {2}- (\w+) /.exec(line)?.[1] ?? line);
    expect(named.toSorted()).toEqual(Object.keys(env).toSorted());
  });

  test('that is missing is named too', async () => {
    const { code, stderr } = await (await startService('projector', {})).ended;
    expect(code).toBe(EXIT_CONFIG);
    for (const name of ['KAFKA_BROKERS', 'MONGODB_URL', 'DATABASE_URL'])
      expect(stderr).toContain(`${name} is not set`);
  });

  test.each(['write-api', 'read-api', 'projector'] as const)(
    'that would let everybody in beyond loopback: %s does not start',
    async (name) => {
      const { mongoUrl, kafkaBrokers, postgresUrl } = stackEndpoints();
      const env = {
        HOST: '0.0.0.0',
        MONGODB_URL: mongoUrl,
        KAFKA_BROKERS: kafkaBrokers,
        DATABASE_URL: postgresUrl,
      };
      const { code, stdout, stderr } = await (await startService(name, env)).ended;
      expect({ code, stdout }).toEqual({ code: EXIT_CONFIG, stdout: '' });
      expect(stderr).toBe(
        'bad configuration:\n  - HOST 0.0.0.0 is beyond loopback, where nobody is let in without a token: set AUTH_SECRET or AUTH_ISSUER (docs/security.md)\n',
      );
    },
  );

  test('a projection that does not exist is bad configuration', async () => {
    const { mongoUrl, kafkaBrokers, postgresUrl } = stackEndpoints();
    const env = {
      PROJECTION: 'nonsense',
      MONGODB_URL: mongoUrl,
      KAFKA_BROKERS: kafkaBrokers,
      DATABASE_URL: postgresUrl,
    };
    for (const name of ['projector', 'read-api'] as const) {
      const { code, stdout } = await (await startService(name, env)).ended;
      expect(code).toBe(EXIT_CONFIG);
      expect(stdout).toContain('PROJECTION nonsense: there is no ');
    }
  });
});

describe('a port that is taken', () => {
  let holder: Server;
  let port = '';
  beforeAll(async () => {
    holder = createServer();
    await new Promise<void>((resolve) => {
      holder.listen(0, '127.0.0.1', resolve);
    });
    const address = holder.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    port = String(address.port);
  });
  afterAll(() => {
    holder.close();
  });

  test.each(['write-api', 'read-api', 'projector'] as const)(
    'is named by %s in one line, and it exits 1',
    async (name) => {
      const { mongoUrl, kafkaBrokers, postgresUrl, secrets } = stackEndpoints();
      const role = name === 'write-api' ? 'writer' : 'reader';
      const service = await startService(name, {
        PORT: port,
        MONGODB_URL: mongoUrl,
        KAFKA_BROKERS: kafkaBrokers,
        DATABASE_URL: withUser(postgresUrl, `readside_${role}`, secrets[role]),
      });
      const { code, stdout, stderr } = await service.ended;
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
      const fatal = stdout.split('\n').filter((line) => line.includes('"level":60'));
      expect(fatal.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
        `127.0.0.1:${port} is taken by another process: set HOST and PORT to an address that is free`,
      ]);
      expect(stdout).not.toContain('    at ');
    },
  );
});
