/** `readside token`: a token for the two APIs, signed with the secret that they are started with. */
import { join } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { Type } from 'typebox';
import { authFields, authSettings } from '../../services/shared/auth/auth-config.ts';
import type { AuthSettings } from '../../services/shared/auth/auth-config.ts';
import { SCOPES } from '../../services/shared/auth/principal.ts';
import { signToken } from '../../services/shared/auth/sign-token.ts';
import { loadConfig } from '../../services/shared/config.ts';
import { readJson } from '../../stack/json-file.ts';
import { CliError, EXIT } from '../exit.ts';
import { duration } from './arguments.ts';
import type { Environment, GlobalOptions } from './environment.ts';

interface TokenOptions extends GlobalOptions {
  readonly subject: string;
  readonly scope: readonly string[];
  readonly expires: number;
  readonly json: boolean;
}

const DEFAULT_SCOPES = [SCOPES.read, SCOPES.write];
const KNOWN: ReadonlySet<string> = new Set(Object.values(SCOPES));

export function addToken(program: Command, environment: Environment): void {
  program
    .command('token')
    .description('make a token for the two APIs, signed with their AUTH_SECRET')
    .requiredOption('--subject <id>', 'who it is for; of a person, the id of the documents that are theirs')
    .option('--scope <scopes>', `one or more of ${[...KNOWN].join(', ')}`, scopes, DEFAULT_SCOPES)
    .option('--expires <time>', 'how long it is valid: 90s, 30m, 1h, 2d', duration, 3_600_000)
    .option('--json', 'print the token and what is in it as JSON', false)
    .addHelpText(
      'after',
      '\nThe secret is AUTH_SECRET (with AUTH_ISSUER and AUTH_AUDIENCE), or else that of the local system.',
    )
    .action(async (_options: unknown, command: Command) => {
      const { data, subject, scope, expires, json } = command.optsWithGlobals<TokenOptions>();
      const settings = signing(data, environment);
      const expiresAt = Math.floor((Date.now() + expires) / 1000);
      const token = await signToken(settings, { subject, scopes: scope, expiresAt });
      const told = { token, subject, scope: scope.join(' '), expiresAt: new Date(1000 * expiresAt) };
      process.stdout.write(`${json ? JSON.stringify(told) : token}\n`);
    });
}

function scopes(text: string): readonly string[] {
  const asked = text.split(/[ ,]+/).filter((each) => each !== '');
  const unknown = asked.filter((each) => !KNOWN.has(each));
  if (asked.length === 0 || unknown.length > 0)
    throw new InvalidArgumentError(`It must be of ${[...KNOWN].join(', ')}.`);
  return asked;
}

const TokenConfig = Type.Pick(Type.Object(authFields), ['AUTH_SECRET', 'AUTH_ISSUER', 'AUTH_AUDIENCE']);

/** What the environment names, else the local system. */
function signing(dataDir: string, { env }: Environment): AuthSettings & { kind: 'secret' } {
  const local = readJson(join(dataDir, 'secrets.json')) as { readonly tokens?: string } | undefined;
  const config = loadConfig(TokenConfig, env);
  const settings = authSettings({
    ...config,
    ...((config.AUTH_SECRET ?? '') === '' && local?.tokens !== undefined
      ? { AUTH_SECRET: local.tokens }
      : {}),
  });
  if (settings?.kind === 'secret') return settings;
  throw new CliError(
    EXIT.usage,
    'there is no secret to sign with: set AUTH_SECRET, or start a local system (npm start)',
  );
}
