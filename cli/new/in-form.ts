/** Files as prettier would leave them, by the settings of the clone that they are for. */
import { join } from 'node:path';
import { codeOf } from '../../stack/errors.ts';
import { CliError, EXIT } from '../exit.ts';
import type { NewFile } from './write-files.ts';

/** @throws CliError where it was installed without what development needs. */
export async function inForm(root: string, files: readonly NewFile[]): Promise<readonly NewFile[]> {
  const { format, getFileInfo, resolveConfig } = await prettier();
  return Promise.all(
    files.map(async ({ path, text }) => {
      const full = join(root, path);
      const { inferredParser: parser } = await getFileInfo(full, { resolveConfig: false });
      return {
        path,
        text: parser === null ? text : await format(text, { ...(await resolveConfig(full)), parser }),
      };
    }),
  );
}

async function prettier(): Promise<typeof import('prettier')> {
  try {
    return await import('prettier');
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new CliError(EXIT.usage, 'prettier is not installed: npm ci, without --omit=dev');
  }
}
