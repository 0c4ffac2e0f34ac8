/** docker-compose.yml as text, by service: what of its form can be asked without an engine. */
import { readFileSync } from 'node:fs';

export const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');

/** The lines of one service. */
export function serviceBlock(name: string): string {
  const block = serviceBlocks().get(name);
  if (block === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return block;
}

export function serviceBlocks(): ReadonlyMap<string, string> {
  const services = /^services:\n([^]*?)^\S/m.exec(compose)?.[1] ?? '';
  const parts = services.split(/^ {2}([\w-]+):.*\n/m).slice(1);
  return new Map(parts.flatMap((name, i) => (i % 2 === 0 ? [[name, parts[i + 1] ?? ''] as const] : [])));
}

/** A service's lines with those of the anchors that it merges, and of those that these merge. */
export function wholeService(name: string): string {
  return withMerged(serviceBlock(name));
}

function withMerged(block: string): string {
  const merged = [...block.matchAll(/^ +<<: \*([\w-]+)$/gm)].map(([, anchor]) => anchorBlock(anchor ?? ''));
  return [block, ...merged.map(withMerged)].join('\n');
}

function anchorBlock(anchor: string): string {
  const found = new RegExp(`^( *)\\S+: &${anchor}\\n((?:\\1 +.*\\n|\\n)+)`, 'm').exec(compose);
  if (found === null) throw new Error(`docker-compose.yml has no anchor ${anchor}`);
  return found[2] ?? '';
}
