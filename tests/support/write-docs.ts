/** `npm run docs:write`: what in docs/ is made from code: docs/reference/, and the table of hostile requests in docs/security.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostileTable } from './hostile-requests.ts';
import { REFERENCE_FOLDER, referencePages } from './reference/pages.ts';

for (const [name, text] of Object.entries(await referencePages())) {
  writeFileSync(new URL(name, REFERENCE_FOLDER), text);
  process.stdout.write(`docs/reference/${name}\n`);
}

const security = new URL('../../docs/security.md', import.meta.url);
const filled = readFileSync(security, 'utf8').replace(
  /(<!-- hostile -->\n)[\s\S]*(<!-- \/hostile -->)/,
  (_all, begin: string, end: string) => `${begin}${hostileTable()}\n${end}`,
);
if (!filled.includes(hostileTable())) throw new Error('docs/security.md has no marks for the table');
writeFileSync(security, filled);
process.stdout.write('docs/security.md\n');
