/** How a service's process ends: whoever reads its last line knows why. */
import { describe, expect, test } from '@jest/globals';
import { runProgram } from '../support/run-program.ts';
import type { ProgramEnd } from '../support/run-program.ts';

/** `start`: the body of what starts the service, with `scope` and `logger`. */
function runWith(start: string): ProgramEnd {
  return runProgram(`
    import { ConfigError } from './services/shared/config.ts';
    import { createLogger } from './services/shared/logger.ts';
    import { runService } from './services/shared/run-service.ts';
    const later = () => new Promise((resolve) => setTimeout(resolve, 20));
    await runService(
      () => ({}),
      () => createLogger('made-up', 'info'),
      async (_config, scope, logger) => {${start}},
    );
  `);
}

describe('the last line is why it ended', () => {
  const WHY = { level: 60, err: { message: 'the cause' }, msg: 'the service cannot go on' };

  test.each([
    [
      'and not what a client says that is still trying',
      `setInterval(() => logger.error('not connected'), 1);
       scope.defer(later);
       throw new Error('the cause');`,
      'not connected',
    ],
    [
      'and not what goes wrong in a release',
      `scope.defer(() => Promise.reject(new Error('of a release')));
       throw new Error('the cause');`,
      'a resource was not released cleanly',
    ],
    [
      'and not what fails after it',
      `scope.defer(() => later().then(() => scope.fail(new Error('a consequence'))));
       scope.fail(new Error('the cause'));`,
      'something else failed while stopping',
    ],
    [
      'also when an error that nobody catches ends it before it is done',
      `scope.defer(() => new Promise(() => setTimeout(() => { throw new Error('uncaught') }, 20)));
       throw new Error('the cause');`,
      'stopping',
    ],
  ])('%s', (_what, start, alsoSaid) => {
    const { code, stderr, lines } = runWith(start);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(lines.map(({ msg }) => msg)).toContain(alsoSaid);
    expect(lines.at(-1)).toMatchObject(WHY);
    expect(lines.filter(({ level }) => level === 60)).toHaveLength(1);
  });

  test('and the code tells bad configuration that is found late', () => {
    const { code, lines } = runWith(`throw new ConfigError(['NAME: no such thing']);`);
    expect(code).toBe(78);
    expect(lines.at(-1)).toMatchObject({ level: 60, err: { message: expect.stringContaining('NAME') } });
  });
});

test('what is given back is what was taken, in reverse order, and what it stops for is told first', () => {
  const { lines } = runWith(`
    for (const name of ['first', 'second']) scope.defer(() => logger.info(name));
    scope.fail(new Error('the cause'));
  `);
  expect(lines.map(({ msg }) => msg)).toEqual(['stopping', 'second', 'first', 'the service cannot go on']);
  expect(lines[0]).toMatchObject({ err: { message: 'the cause' } });
});
