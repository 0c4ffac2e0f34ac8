/** The arguments with which Kafka's and Connect's JVMs start. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ClassArchive } from './class-archive.ts';
import type { Java } from './java.ts';
import type { Env } from './tools.ts';

export interface JavaSetup {
  readonly java: Java;
  /** The cache entry with `libs` and `plugins`. */
  readonly libraries: string;
  readonly env: Env;
}

export interface JvmOptions {
  readonly heap: string;
  readonly log: 'warn' | 'info';
  /** Loggers that would fill the log with what nobody looks for. */
  readonly quiet?: readonly string[];
  readonly archive?: ClassArchive;
}

export function javaArgs(
  { libraries }: JavaSetup,
  { heap, log, quiet = [], archive }: JvmOptions,
): readonly string[] {
  return [
    `-Xmx${heap}`,
    // One that works beside the program has threads and barriers of its own (docs/decisions/0040).
    '-XX:+UseSerialGC',
    // The second compiler would take most of a core for the first minutes, of two that all processes share (docs/decisions/0039).
    '-XX:TieredStopAtLevel=1',
    // A JVM that is out of memory limps on half dead; one that ends is started again.
    '-XX:+ExitOnOutOfMemoryError',
    '-XX:-UsePerfData',
    ...(archive?.args ?? []),
    '-Djava.awt.headless=true',
    '-Djava.net.preferIPv4Stack=true',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
    `-Dorg.slf4j.simpleLogger.defaultLogLevel=${log}`,
    ...quiet.map((logger) => `-Dorg.slf4j.simpleLogger.log.${logger}=warn`),
    '-cp',
    classPath(libraries),
  ];
}

/** Every jar by name and sorted: an archive of loaded classes is only valid for the same jars in the same order. */
function classPath(libraries: string): string {
  const folder = join(libraries, 'libs');
  return readdirSync(folder)
    .sort()
    .map((jar) => join(folder, jar))
    .join(':');
}
