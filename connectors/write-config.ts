/** Writes connectors/<stream>.json for every projection of an application:  npm run connectors:write [-- --example <name>] */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadApplication } from '../services/shared/application.ts';
import { CLONE_FOLDER } from '../services/shared/code-folders.ts';
import { loadProjections } from '../services/shared/load-projection.ts';
import { connectorConfig } from './connector-config.ts';

const { values } = parseArgs({ options: { example: { type: 'string' } } });
const application = await loadApplication(values.example);
const folder = join(application.folder, 'connectors');
mkdirSync(join(CLONE_FOLDER, folder), { recursive: true });
const projections = await loadProjections(application);
for (const stream of new Set(projections.map((each) => each.stream).toSorted())) {
  const captured = projections.filter((each) => each.stream === stream).flatMap((each) => each.captured);
  const file = join(folder, `${stream}.json`);
  writeFileSync(join(CLONE_FOLDER, file), `${JSON.stringify(connectorConfig(stream, captured), null, 2)}\n`);
  process.stdout.write(`${file}\n`);
}
