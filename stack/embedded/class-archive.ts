/**
 * Archives of loaded classes (AppCDS), which halve the start-up time of Kafka's JVMs and cost nothing afterwards. A JVM writes its own when it ends,
 * which takes it a second or two more, once for each Java and each set of jars; from then on it only reads it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Java } from './java.ts';

export interface ClassArchive {
  readonly args: readonly string[];
  /** Call when the JVM has ended by itself: what it wrote is whole then, and becomes the archive. */
  readonly keep: () => void;
}

/** Several JVMs of one kind may run, and each writes a file of its own. */
let parts = 0;

/** `libraries` is a cache entry, so its name changes with the jars. A JVM that finds an archive not made by itself ignores it. */
export function classArchive(java: Java, libraries: string, name: string): ClassArchive {
  const key = createHash('sha256').update(java.build).update(libraries).digest('hex').slice(0, 12);
  const path = join(dirname(libraries), `classes-${key}`, `${name}.jsa`);
  if (existsSync(path))
    return {
      args: [`-XX:SharedArchiveFile=${path}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'],
      keep: () => undefined,
    };
  mkdirSync(dirname(path), { recursive: true });
  parts += 1;
  const part = `${path}.part-${process.pid}-${parts}`;
  rmSync(part, { force: true });
  // It warns of every class that it cannot keep.
  const quiet = ['-Xlog:cds=off', '-Xlog:cds+dynamic=off', '-Xlog:class+path=off'];
  return {
    args: [`-XX:ArchiveClassesAtExit=${part}`, ...quiet],
    keep: () => {
      if (existsSync(part)) renameSync(part, path);
    },
  };
}
