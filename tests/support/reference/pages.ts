/** The pages of docs/reference/, made from the code. A new service, verb or route is in them by itself. */
import { cliPage } from './cli-page.ts';
import { configPage } from './config-page.ts';
import { httpPage } from './http-page.ts';

export const REFERENCE_FOLDER = new URL('../../../docs/reference/', import.meta.url);

/** Name of the file → text. */
export async function referencePages(): Promise<Readonly<Record<string, string>>> {
  return { 'config.md': await configPage(), 'cli.md': await cliPage(), 'http.md': await httpPage() };
}
