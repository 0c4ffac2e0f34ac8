/** How a tutorial is followed: nothing in it is passed over, and what is printed must be what it shows. */
import { describe, expect, test } from '@jest/globals';
import { isAsShown } from '../support/tutorial/compare.ts';
import { changed, stepsOf } from '../support/tutorial/steps.ts';

const block = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

describe('steps', () => {
  test('are files, changes of them, commands with what they print, and Ctrl-C', () => {
    const page = [
      '# Title',
      'The definition, `projections/a.ts`:',
      block('ts', 'export default 1;'),
      '`projections/a.ts`:',
      block('diff', '-export default 1;\n+export default 2;'),
      'Then:',
      block('sh', 'npm start'),
      block('text', '…\nready'),
      'Enough. Press Ctrl-C in the first terminal:',
      block('sh', 'ls'),
    ].join('\n\n');
    expect(stepsOf(page)).toEqual([
      { kind: 'write', line: 5, file: 'projections/a.ts', text: 'export default 1;\n' },
      { kind: 'change', line: 12, file: 'projections/a.ts', diff: '-export default 1;\n+export default 2;' },
      { kind: 'run', line: 20, script: 'npm start', prints: { language: 'text', text: '…\nready' } },
      { kind: 'interrupt', line: 31 },
      { kind: 'run', line: 33, script: 'ls', prints: null },
    ]);
  });

  test.each([
    ['a file without a name', block('ts', 'x')],
    ['an output without a command', block('text', 'x')],
    ['a second output', block('sh', 'ls') + block('text', 'a') + block('text', 'b')],
    ['a language that nobody knows', block('yaml', 'x')],
    ['a block that does not end', '```sh\nls'],
    ['a fence that says more', '```sh title\nls\n```'],
  ])('%s is refused', (_what, page) => {
    expect(() => stepsOf(page)).toThrow(/line \d+/);
  });

  test('a change must fit, once', () => {
    expect(changed('a\nb\nc\n', ' a\n-b\n+x\n c')).toBe('a\nx\nc\n');
    expect(() => changed('a\n', '-b\n+x')).toThrow('0 times');
    expect(() => changed('b\nb\n', '-b\n+x')).toThrow('2 times');
  });
});

describe('what is printed', () => {
  const text = (shown: string, printed: string): boolean =>
    isAsShown({ language: 'text', text: shown }, printed);
  const json = (shown: string, printed: string): boolean =>
    isAsShown({ language: 'json', text: shown }, printed);

  test('is compared whole, but for what differs from run to run', () => {
    expect(text('made in … s\ndone', 'made in 0.4 s\ndone\n')).toBe(true);
    expect(text('…\nb\n…', 'a\nb\nc\nd\n')).toBe(true);
    expect(text('…\nb\n…', 'b\n')).toBe(true);
    expect(text('a', 'a\nb\n')).toBe(false);
    expect(text('a\nb', 'a\n')).toBe(false);
    expect(text('a … c', 'a\nc')).toBe(false);
    expect(text('a.c', 'abc')).toBe(false);
    expect(text('…\nd\n…', 'a\nb\n')).toBe(false);
  });

  test('as JSON: every field and no other, unless it says so', () => {
    expect(json('{"id":"…","n":1}', '{"n":1,"id":"x"}')).toBe(true);
    expect(json('{"id":"…"}', '{"n":1,"id":"x"}')).toBe(false);
    expect(json('{"id":"…","…":"…"}', '{"n":1,"id":"x"}')).toBe(true);
    expect(json('{"id":"…","n":1}', '{"id":"x"}')).toBe(false);
    expect(json('{"list":[{"a":1}]}', '{"list":[{"a":1},{"a":2}]}')).toBe(false);
    expect(json('{"a":{"b":null}}', '{"a":{"b":0}}')).toBe(false);
    expect(json('{"a":[]}', '{"a":{}}')).toBe(false);
    expect(json('{}', 'not json')).toBe(false);
  });
});
