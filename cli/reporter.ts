/**
 * Shows the events of a starting or running system to a person: a line each, on standard error, so that standard output
 * belongs to results. On a terminal a download is drawn in place.
 */
import pc from 'picocolors';
import type { SystemEvent } from './local/system.ts';

export interface Reporter {
  (event: SystemEvent): void;
}

const MEGABYTE = 1_000_000;

export function createReporter(out: NodeJS.WriteStream): Reporter {
  let drawing = false;
  const lastShown = new Map<string, number>();
  const line = (text: string): void => {
    if (drawing) out.write('\n');
    drawing = false;
    out.write(`${text}\n`);
  };

  return (event) => {
    if (event.type !== 'download') {
      const text = describe(event);
      if (text !== null) line(text);
      return;
    }
    const text = `  ↓ ${event.name} ${amount(event.received, event.total)}`;
    if (out.isTTY) {
      out.write(`\r${text}\u001B[K`);
      drawing = true;
    } else if (Date.now() - (lastShown.get(event.name) ?? 0) > 2000) {
      lastShown.set(event.name, Date.now());
      line(text);
    }
  };
}

function amount(received: number, total: number | undefined): string {
  const done = `${(received / MEGABYTE).toFixed(1)} MB`;
  if (total === undefined) return done;
  return `${done} of ${(total / MEGABYTE).toFixed(1)} MB (${Math.floor((100 * received) / total)} %)`;
}

/** null: nothing that a person needs to see. */
function describe(event: Exclude<SystemEvent, { type: 'download' }>): string | null {
  switch (event.type) {
    case 'starting':
    case 'stopping':
    case 'stopped':
      return null;
    case 'ready':
      return `${pc.green('✓')} ${event.name} ${pc.dim(`is up (${seconds(event.ms)}, pid ${event.pid})`)}`;
    case 'done':
      return `${pc.green('✓')} ${event.what} ${pc.dim(`(${seconds(event.ms)})`)}`;
    case 'installing':
      return `  installing ${event.name} …`;
    case 'installed':
      return `${pc.green('✓')} ${event.name} installed ${pc.dim(`(${seconds(event.ms)})`)}`;
    case 'waiting':
      return `  waiting for process ${event.pid}, which installs ${event.name}`;
    case 'port':
      return pc.yellow(`! port ${event.wanted} is taken: ${event.name} listens on ${event.port}`);
    case 'orphan':
      return pc.yellow(`! ended ${event.name} (pid ${event.pid}), left by a run that was killed`);
    case 'died':
      return pc.red(`✗ ${event.name} died (${event.signal ?? `exit ${event.code}`})`);
    case 'restarting':
      return pc.yellow(`! starting ${event.name} again in ${seconds(event.delayMs)}`);
    case 'start-failed':
    case 'not-ready':
      return pc.yellow(`! ${event.name}: ${event.message}`);
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
