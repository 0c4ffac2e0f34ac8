/** The `readside` command: parses arguments, runs one verb, ends by exit code. */
import { CommanderError } from 'commander';
import pc from 'picocolors';
import {
  DataDirBusyError,
  DataDirError,
  DeadlineError,
  InstallError,
  PrerequisiteError,
  ServerStartError,
  codeOf,
  messageOf,
} from '../stack/errors.ts';
import { ConnectError } from '../services/shared/connect/connect-client.ts';
import { ConnectorNotRunningError } from '../connectors/register.ts';
import { StreamLostError } from '../connectors/restart-stream.ts';
import { PartitionsError } from '../connectors/topics.ts';
import { CLONE_FOLDER } from '../services/shared/code-folders.ts';
import { ConfigError } from '../services/shared/config.ts';
import { remedyOf, withRemedy } from '../services/shared/refused-access.ts';
import { ForeignViewError } from '../services/shared/verify/source-documents.ts';
import { CliError, EXIT } from './exit.ts';
import { createProgram } from './program.ts';
import { RebuildError, RebuildStoppedError } from './rebuild/rebuild-error.ts';
import type { Environment } from './verbs/environment.ts';

const environment: Environment = { root: CLONE_FOLDER, env: process.env };

// `readside status | head` closes the pipe early; that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  await (await createProgram(environment, process.argv.slice(2))).parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** One line for what was to be expected; the stack only for a defect of ours. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // it has printed its message
  if (error instanceof CliError) return say(error.message, error.code);
  // Ctrl-C in the middle of a wait.
  if (error instanceof Error && error.name === 'AbortError' && error.cause instanceof CliError)
    return report(error.cause);
  if (error instanceof ConfigError) return say(error.message, EXIT.usage);
  const expected = [
    PrerequisiteError,
    DataDirBusyError,
    DataDirError,
    DeadlineError,
    InstallError,
    ServerStartError,
    ConnectError,
    ConnectorNotRunningError,
    PartitionsError,
    RebuildError,
    RebuildStoppedError,
    StreamLostError,
    ForeignViewError,
  ];
  if (expected.some((kind) => error instanceof kind))
    return say(withRemedy(messageOf(error), error), EXIT.failed);
  const server = serverOf(error);
  if (server !== null) return say(`${server}: ${withRemedy(messageOf(error), error)}`, EXIT.failed);
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.failed;
}

function say(message: string, code: number): number {
  process.stderr.write(`${pc.red('readside:')} ${message}\n`);
  return code;
}

/** A server that does not answer, or not to us, is no defect of ours: which one. null for any other error. */
function serverOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if (error.name.startsWith('KafkaJS')) return 'Kafka';
  if (error.name.startsWith('Mongo'))
    return remedyOf(error) !== null || /^Mongo(ServerSelection|Network)/.test(error.name) ? 'MongoDB' : null;
  const found = codeOf(error);
  const code = typeof found === 'string' ? found : '';
  // pg gives the socket's error as it is, and the server's with its SQLSTATE.
  return remedyOf(error) !== null || /^(ECONN|EHOST|ETIMEDOUT|ENOTFOUND|3D000)/.test(code)
    ? 'Postgres'
    : null;
}
