/** The system that run-suite.ts started for this run: it hands it to every test file in READSIDE_TEST_STACK, as JSON. */
import { readStackFile } from '../../cli/local/stack-file.ts';
import type { StackFile } from '../../cli/local/stack-file.ts';
import type { StackEndpoints, StackSecrets } from '../../stack/stack.ts';

export interface TestStack extends StackEndpoints {
  readonly secrets: StackSecrets;
}

interface Handed {
  readonly dataDir: string;
  readonly endpoints: StackEndpoints;
  readonly secrets: StackSecrets;
}

/** Superuser URLs of the servers, and the passwords of all roles. */
export function stackEndpoints(): TestStack {
  const { endpoints, secrets } = handed();
  return { ...endpoints, secrets };
}

/** The running system as its stack.json tells it now: addresses, and the present pids. */
export function runningSystem(): StackFile {
  const { dataDir } = handed();
  const file = readStackFile(dataDir);
  if (!file) throw new Error(`no system runs in ${dataDir}`);
  return file;
}

export function testDataDir(): string {
  return handed().dataDir;
}

function handed(): Handed {
  const text = process.env['READSIDE_TEST_STACK'];
  if (text === undefined)
    throw new Error('READSIDE_TEST_STACK is not set: run the tests by npm test [-- tests/…]');
  return JSON.parse(text) as Handed;
}
