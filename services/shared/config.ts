/**
 * Configuration: read once in a service's main, from the environment, against a schema.
 * Every bad or missing variable is named in one error; nothing else in the project reads `process.env`.
 */
import { envSchema } from 'env-schema';
import type { Static, TObject } from 'typebox';

/** The environment does not fit the schema. `problems` holds one line a variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`bad configuration:\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

interface AjvError {
  readonly instancePath?: string;
  readonly message?: string;
  readonly params?: { readonly missingProperty?: string };
}

/**
 * Reads `env` against `schema` (an object schema; values are coerced from strings).
 * @throws ConfigError listing all bad variables at once.
 */
export function loadConfig<T extends TObject>(schema: T, env: NodeJS.ProcessEnv): Static<T> {
  try {
    return envSchema<Static<T>>({ schema, data: env, dotenv: false, env: false });
  } catch (error) {
    const errors: unknown = error instanceof Error && 'errors' in error ? error.errors : undefined;
    if (!Array.isArray(errors)) throw error;
    throw new ConfigError(errors.map(describe));
  }
}

function describe(error: AjvError): string {
  const variable = error.params?.missingProperty ?? error.instancePath?.slice(1).replaceAll('/', '.') ?? '';
  return error.params?.missingProperty
    ? `${variable} is not set`
    : `${variable} ${error.message ?? 'is invalid'}`;
}
