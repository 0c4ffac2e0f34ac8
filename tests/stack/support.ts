/** What the tests of the stack share: folders that are removed, events that are kept, processes that are looked for. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { ProcessEvent, StackEvent } from '../../stack/events.ts';
import { identify } from '../../stack/process-identity.ts';
import { waitFor } from '../../stack/wait.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of its own for each call, removed after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'readside-test-'));
  folders.push(folder);
  return folder;
}

export function makeFolder(...parts: string[]): string {
  const folder = join(...parts);
  mkdirSync(folder, { recursive: true });
  return folder;
}

export function isRunning(pid: number): boolean {
  return identify(pid) !== undefined;
}

export async function untilGone(pid: number): Promise<void> {
  await waitFor(`the end of ${pid}`, () => !isRunning(pid), { timeoutMs: 5000 });
}

type AnyEvent = StackEvent | ProcessEvent;
type EventOf<Type extends AnyEvent['type']> = Extract<AnyEvent, { type: Type }>;

export interface EventLog {
  readonly onEvent: (event: AnyEvent) => void;
  all<Type extends AnyEvent['type']>(type: Type, name?: string): readonly EventOf<Type>[];
  /** Waits until there are `count` events of this type. */
  until<Type extends AnyEvent['type']>(
    type: Type,
    count: number,
    name?: string,
    timeoutMs?: number,
  ): Promise<readonly EventOf<Type>[]>;
}

export function eventLog(): EventLog {
  const events: AnyEvent[] = [];
  const all = <Type extends AnyEvent['type']>(type: Type, name?: string): readonly EventOf<Type>[] =>
    events.filter(
      (event): event is EventOf<Type> =>
        event.type === type && (name === undefined || ('name' in event && event.name === name)),
    );
  return {
    onEvent: (event) => events.push(event),
    all,
    until: (type, count, name, timeoutMs = 10_000) =>
      waitFor(
        `${count} × ${type} ${name ?? ''} in ${JSON.stringify(events.slice(-8))}`,
        () => (all(type, name).length >= count ? all(type, name) : undefined),
        { timeoutMs, intervalMs: 10 },
      ),
  };
}
