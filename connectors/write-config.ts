/** Writes connectors/<stream>.json for every projection in projections/:  npm run connectors:write */
import { readdirSync, writeFileSync } from 'node:fs';
import type { CapturedTable } from '../services/shared/projection/capture.ts';
import type { Projection } from '../services/shared/projection/projection.ts';
import { connectorConfig } from './connector-config.ts';

const projectionsDir = new URL('../projections/', import.meta.url);
const streams = new Map<string, CapturedTable[]>();
for (const file of readdirSync(projectionsDir)
  .filter((name) => name.endsWith('.ts'))
  .toSorted()) {
  const { default: projection } = (await import(new URL(file, projectionsDir).href)) as {
    default: Projection;
  };
  streams.set(projection.stream, [...(streams.get(projection.stream) ?? []), ...projection.captured]);
}
for (const [stream, captured] of streams) {
  const file = new URL(`${stream}.json`, import.meta.url);
  writeFileSync(file, `${JSON.stringify(connectorConfig(stream, captured), null, 2)}\n`);
  process.stdout.write(`connectors/${stream}.json\n`);
}
