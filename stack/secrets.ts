/** The passwords of one data folder: made once, kept beside the data that they open, readable by their owner only. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DataDirError } from './errors.ts';
import { readJson, writeJson } from './json-file.ts';

const names = [
  'postgresSuperuser',
  'owner',
  'writer',
  'replicator',
  'reader',
  'mongoRoot',
  'mongoProjector',
  'mongoReader',
  'mongoKey',
  'tokens',
] as const;

/**
 * `owner`, `writer`, `replicator`, `reader` are for the Postgres roles `readside_<name>`, which the migrations create. `mongoRoot`, `mongoProjector`,
 * `mongoReader` are for the Mongo users `readside_admin`, `readside_projector`, `readside_reader`, all in the database `admin`. `mongoKey` is what
 * the members of the replica set share; with `tokens` a local system signs and checks those of its APIs.
 */
export type StackSecrets = Readonly<Record<(typeof names)[number], string>>;

/** The secrets of the data folder; `hasData` says that servers have been set up with them before, so that they must be there. */
export function loadSecrets(dataDir: string, hasData: boolean): StackSecrets {
  const path = join(dataDir, 'secrets.json');
  const stored = readJson(path);
  if (stored === undefined && hasData) {
    throw new DataDirError(
      `${path} is missing, and the data beside it cannot be opened without it: put it back, or start afresh and lose the data`,
    );
  }
  if (stored !== undefined) {
    if (!isSecrets(stored))
      throw new DataDirError(
        `${path} does not hold every secret: put the right file back, or start afresh and lose the data`,
      );
    return stored;
  }
  const secrets: unknown = Object.fromEntries(names.map((name) => [name, newSecret()]));
  if (!isSecrets(secrets)) throw new Error('a secret was left out');
  writeJson(path, secrets, 0o600);
  return secrets;
}

/** Hexadecimal, so that it needs no escaping in a URL, in SQL or in a key file. */
function newSecret(): string {
  return randomBytes(24).toString('hex');
}

function isSecrets(value: unknown): value is StackSecrets {
  if (typeof value !== 'object' || value === null) return false;
  const stored = value as Partial<Record<string, unknown>>;
  return names.every((name) => typeof stored[name] === 'string' && stored[name] !== '');
}
