import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PrerequisiteError } from '../../stack/errors.ts';
import { missingLibraries, missingLine } from '../../stack/embedded/mongod-binary.ts';
import { checkPrerequisites, type Needs } from '../../stack/embedded/prerequisites.ts';
import { which } from '../../stack/embedded/tools.ts';
import { temporaryFolder } from './support.ts';

const everything = { maven: true, pip: true, mongodOnPath: true };

async function problemsOf(needs: Needs): Promise<readonly string[]> {
  const error = await checkPrerequisites(needs).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PrerequisiteError))
    throw new Error(`expected a PrerequisiteError, not ${String(error)}`);
  return error.problems;
}

function folderWith(commands: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  const sh = which('sh', { PATH: '/usr/bin:/bin' });
  if (sh !== undefined) symlinkSync(sh, join(folder, 'sh'));
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

test('on an empty machine everything that is missing is named at once, a line each with the next step', async () => {
  const problems = await problemsOf({ env: { PATH: folderWith({}) }, ...everything });
  expect(problems).toEqual([
    expect.stringMatching(/^Java is not on PATH.*openjdk-17-jre-headless/),
    expect.stringMatching(/^Maven \(mvn\) is not on PATH.*apt-get install maven/),
    expect.stringMatching(/^python3 with pip is not on PATH.*python3-pip/),
    expect.stringMatching(/^mongod is not on PATH/),
  ]);
  for (const problem of problems) expect(problem).not.toContain('\n');
});

test('a Java that is too old is told with its version', async () => {
  const path = folderWith({ java: 'echo \'openjdk version "1.8.0_402"\' >&2' });
  const problems = await problemsOf({ env: { PATH: path }, maven: false, pip: false, mongodOnPath: false });
  expect(problems).toEqual([expect.stringMatching(/^Java 8 .* is too old/)]);
});

test('Python without pip is told apart from no Python', async () => {
  const path = folderWith({ java: 'echo \'openjdk version "21.0.2"\' >&2', python3: 'exit 1' });
  expect(await problemsOf({ env: { PATH: path }, maven: false, pip: true, mongodOnPath: false })).toEqual([
    expect.stringMatching(/^python3 has no pip/),
  ]);
});

test('with everything cached only Java is asked for', async () => {
  const path = folderWith({ java: 'echo \'openjdk version "21.0.2" 2024-01-16\' >&2' });
  const java = await checkPrerequisites({
    env: { PATH: path },
    maven: false,
    pip: false,
    mongodOnPath: false,
  });
  expect(java).toMatchObject({ command: join(path, 'java'), major: 21 });
});

test('a shared library that mongod lacks is named with its Debian package', () => {
  const ldd =
    '\tlinux-vdso.so.1 (0x0)\n\tlibcurl.so.4 => not found\n\tlibcrypto.so.3 => not found\n\tlibssl.so.3 => not found\n\tlibm.so.6 => /lib/libm.so.6 (0x0)\n';
  const missing = missingLibraries(ldd);
  expect(missing).toEqual(['libcurl.so.4', 'libcrypto.so.3', 'libssl.so.3']);
  expect(missingLine(missing)).toBe(
    "mongod lacks shared libraries (libcurl.so.4, libcrypto.so.3, libssl.so.3): install libcurl4 libssl3 (Debian's names): apt-get install libcurl4 libssl3",
  );
});
