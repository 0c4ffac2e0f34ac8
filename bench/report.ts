/** `npm run bench:report`: writes the figures and plots of docs/performance.md from bench/results/. */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLONE_FOLDER } from '../services/shared/code-folders.ts';
import { PLOTS_FOLDER, fillReport } from './support/fill-report.ts';
import { readResults } from './support/results.ts';

const file = join(CLONE_FOLDER, 'docs/performance.md');
const folder = join(CLONE_FOLDER, 'docs', PLOTS_FOLDER);
const { text, plots } = fillReport(
  readFileSync(file, 'utf8'),
  readResults(join(CLONE_FOLDER, 'bench/results')),
);
mkdirSync(folder, { recursive: true });
for (const name of readdirSync(folder))
  if (name.endsWith('.svg') && !plots.has(name)) rmSync(join(folder, name));
for (const [name, plot] of plots) writeFileSync(join(folder, name), plot);
writeFileSync(file, text);
process.stdout.write(`docs/performance.md and ${plots.size} plots in docs/${PLOTS_FOLDER}/\n`);
