/** Which system a verb speaks to: what the environment names, else the local one that runs in the data folder. */
import { readStackFile } from './local/stack-file.ts';
import type { StackFile } from './local/stack-file.ts';
import { CliError, EXIT } from './exit.ts';

export interface Context {
  readonly postgresUrl: string | undefined;
  readonly mongoUrl: string | undefined;
  readonly kafkaBrokers: string | undefined;
  readonly connectUrl: string | undefined;
  /** Set when the system is the local one. */
  readonly local: StackFile | undefined;
}

export function resolveContext(dataDir: string, env: NodeJS.ProcessEnv): Context {
  const local = readStackFile(dataDir);
  return {
    postgresUrl: env['DATABASE_URL'] ?? local?.postgresUrl,
    mongoUrl: env['MONGODB_URL'] ?? local?.mongoUrl,
    kafkaBrokers: env['KAFKA_BROKERS'] ?? local?.kafkaBrokers,
    connectUrl: env['CONNECT_URL'] ?? local?.connectUrl,
    local,
  };
}

const VARIABLES = {
  postgresUrl: 'DATABASE_URL',
  mongoUrl: 'MONGODB_URL',
  kafkaBrokers: 'KAFKA_BROKERS',
  connectUrl: 'CONNECT_URL',
} as const;

/** The named addresses. @throws CliError (usage) that names every missing one. */
export function need<K extends keyof typeof VARIABLES>(
  context: Context,
  ...names: readonly K[]
): Record<K, string> {
  const missing = names.filter((name) => context[name] === undefined).map((name) => VARIABLES[name]);
  if (missing.length > 0) {
    throw new CliError(
      EXIT.usage,
      `no local system is running (npm start), and ${missing.join(', ')} is not set`,
    );
  }
  return Object.fromEntries(names.map((name) => [name, context[name]])) as Record<K, string>;
}
