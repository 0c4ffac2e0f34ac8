/** What a log line may hold. */
import { describe, expect, test } from '@jest/globals';
import { DatabaseError } from 'pg';
import { MongoServerError } from 'mongodb';
import { describeError } from '../../services/shared/describe-error.ts';
import { runProgram } from '../support/run-program.ts';

const CANARY = 'canary@example.com';

describe('an error', () => {
  test('of ours is told with its message, its code, its cause, and where it was made', () => {
    const cause = Object.assign(new Error('it is not there'), { code: 'ENOENT' });
    const told = describeError(new Error('the file cannot be read', { cause }));
    expect(told).toMatchObject({
      type: 'Error',
      message: 'the file cannot be read',
      stack: expect.stringMatching(/^ {4}at /),
      cause: { type: 'Error', message: 'it is not there', code: 'ENOENT' },
    });
  });

  test.each([
    [
      'Postgres',
      Object.assign(new DatabaseError(`Key (email)=(${CANARY}) exists`, 1, 'error'), {
        code: '23505',
        detail: CANARY,
      }),
    ],
    ['MongoDB', new MongoServerError({ errmsg: `dup key: { email: "${CANARY}" }`, code: 11_000 })],
    ['a parser', parseError(`{"email":${CANARY}`)],
    ['ours, for such a reason', new Error('it failed', { cause: parseError(`[${CANARY}`) })],
    ['what is no error', CANARY],
    ['lines that look like a stack', parseError(`[\n    at ${CANARY}`)],
  ])('of %s is told without the value that it quotes', (_whose, error) => {
    const text = JSON.stringify(describeError(error));
    expect(text).not.toContain('canary');
    expect(text).toContain('"type"');
  });

  test('of a database is told with its code', () => {
    expect(describeError(new MongoServerError({ errmsg: CANARY, code: 11_000 }))).toMatchObject({
      type: 'MongoServerError',
      code: 11_000,
    });
  });
});

test('a line holds only fields that are listed', () => {
  const program = `
    import { createLogger } from './services/shared/logger.ts';
    const logger = createLogger('a', 'info');
    logger.info({ topic: 't', email: '${CANARY}', row: { email: '${CANARY}' } }, 'words');
    logger.error(new Error('ours'));
    try { JSON.parse('[${CANARY}') } catch (error) { logger.error(error); logger.error({ err: error }); }
  `;
  const { lines, stderr } = runProgram(program);
  expect(stderr).toBe('');
  expect(Object.keys(lines[0] ?? {}).toSorted()).toEqual(['level', 'msg', 'name', 'pid', 'time', 'topic']);
  expect(lines[1]).toMatchObject({ err: { type: 'Error', message: 'ours' }, msg: 'without words' });
  expect(lines.slice(2)).toMatchObject(
    [1, 2].map(() => ({ err: { type: 'SyntaxError' }, msg: 'without words' })),
  );
  expect(JSON.stringify(lines)).not.toContain('canary');
});

test('lines are in the order in which they were told, also where the process ends at once', () => {
  const { lines } = runProgram(`
    import { pbkdf2 } from 'node:crypto';
    import { createLogger } from './services/shared/logger.ts';
    const logger = createLogger('a', 'info');
    // No thread of Node's pool is free, as on a slow machine.
    for (let n = 0; n < 4; n++) pbkdf2('a', 'b', 100_000, 64, 'sha512', () => undefined);
    for (const word of ['first', 'second', 'last']) logger.error(word);
    process.exit(1);
  `);
  expect(lines.map(({ msg }) => msg)).toEqual(['first', 'second', 'last']);
});

function parseError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
