/** `npm run docs:write`: puts the table of hostile requests into docs/security.md, between its marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { hostileTable } from './hostile-requests.ts';

const page = new URL('../../docs/security.md', import.meta.url);
const text = readFileSync(page, 'utf8');
const filled = text.replace(
  /(<!-- hostile -->\n)[\s\S]*(<!-- \/hostile -->)/,
  (_all, begin: string, end: string) => `${begin}${hostileTable()}\n${end}`,
);
if (!filled.includes(hostileTable())) throw new Error('docs/security.md has no marks for the table');
writeFileSync(page, filled);
