/** SHA-256 of what was downloaded, against what is pinned. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InstallError } from '../errors.ts';

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export async function verifySha256(path: string, expected: string): Promise<void> {
  const actual = await sha256Of(path);
  if (actual !== expected)
    throw new InstallError(
      `${basename(path)} has the checksum ${actual}, not the pinned ${expected}: it is not used`,
    );
}

/** The lines of a `sha256sum` list: file name → checksum. */
export function parseChecksums(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [checksum = '', name = ''] = line.split(/\s+\*?/);
        return [name, checksum] as const;
      }),
  );
}
