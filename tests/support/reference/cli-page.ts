/** docs/reference/cli.md: every verb of the `readside` command with its arguments, options and exit codes, from commander. */
import type { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';
import { EXIT, EXIT_MEANINGS } from '../../../cli/exit.ts';
import { createProgram } from '../../../cli/program.ts';
import { code, linked, page, plain, sentence, table } from './markdown.ts';

export async function cliPage(): Promise<string> {
  const program = await createProgram({ root: '.', env: {} }, []);
  return page([
    '# Command line',
    'Made by `npm run docs:write` from the command itself. What a verb does to a running system, and what to do when it refuses, is in [operations](../operations.md).',
    '`npm run readside -- <verb>` in the clone, `node dist/cli/main.js <verb>` in an image. Results go to standard output, progress and errors to standard error; `--json` prints the result as one line of JSON.',
    ...helpAfter(program).filter((line) => !line.includes('Exit codes') && !/^ {2,}\d/.test(line)),
    '## Exit codes',
    table(
      ['Code', 'Meaning'],
      Object.entries(EXIT).map(([name, value]) => [String(value), EXIT_MEANINGS[name as keyof typeof EXIT]]),
    ),
    '## Options of every verb',
    optionsOf(program),
    ...program.commands.flatMap((verb) => sectionOf(verb, 2, '')),
  ]);
}

/** Of a verb, and below it of its own verbs. */
function sectionOf(verb: Command, depth: number, before: string): readonly string[] {
  const name = `${before}${verb.name()}`;
  const takes = verb.registeredArguments;
  const usage = ['readside', name, ...takes.map(shown), ...(verb.commands.length > 0 ? ['<verb>'] : [])];
  return [
    `${'#'.repeat(depth)} ${name}`,
    plain(linked(`${sentence(verb.description())}.`)),
    code(usage.join(' ')),
    table(
      ['Argument', 'Meaning'],
      takes.map((each) => [code(shown(each)), sentence(each.description)]),
    ),
    optionsOf(verb),
    ...helpAfter(verb).map(plain),
    ...verb.commands.flatMap((each) => sectionOf(each, depth + 1, `${name} `)),
  ];
}

function shown(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '…' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

function optionsOf(command: Command): string {
  const rows = command.options.map((option) => [
    code(option.flags),
    sentence(linked(option.description)) + (option.mandatory ? ' (needed)' : ''),
    defaultOf(option),
  ]);
  return table(['Option', 'Meaning', 'Default'], rows);
}

function defaultOf({ defaultValue, defaultValueDescription, argChoices, negate }: Option): string {
  const choices = argChoices ? ` of ${argChoices.map(code).join(', ')}` : '';
  if (defaultValue === undefined || defaultValue === false || negate) return '';
  const text = Array.isArray(defaultValue) ? defaultValue.join(' ') : String(defaultValue);
  return `${code(defaultValueDescription ?? text)}${choices}`;
}

/** What `addHelpText('after', …)` has given it: commander, an EventEmitter that its types do not show, hands it out by an event only. */
function helpAfter(command: Command): readonly string[] {
  let text = '';
  const context = { error: false, command, write: (more: string) => (text += more) };
  (command as unknown as EventEmitter).emit('afterHelp', context);
  return text.split('\n').filter((line) => line.trim() !== '');
}
