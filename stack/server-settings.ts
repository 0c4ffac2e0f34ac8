/**
 * The settings that every way of running the servers shares: the files in docker/, which compose mounts as they are. What differs from place to
 * place (addresses, ports, folders) is put over them.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Properties = Readonly<Record<string, string | number>>;

export const dockerFolder = fileURLToPath(new URL('../docker', import.meta.url));

export function kafkaProperties(own: Properties): string {
  return toProperties({ ...parseProperties(read('kafka/server.properties')), ...own });
}

export function connectProperties(own: Properties): string {
  return toProperties({ ...parseProperties(read('connect/worker.properties')), ...own });
}

/** In postgresql.conf the last line of a name counts. */
export function postgresConf(own: Properties): string {
  const lines = Object.entries(own).map(
    ([name, value]) =>
      `${name} = ${typeof value === 'number' ? value : `'${value.replaceAll("'", "''")}'`}\n`,
  );
  return `${read('postgres/postgresql.conf')}\n${lines.join('')}`;
}

function read(file: string): string {
  return readFileSync(`${dockerFolder}/${file}`, 'utf8');
}

/** Our own files: a name, `=` and a value on one line, or a comment. */
export function parseProperties(text: string): Properties {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      if (at <= 0) throw new Error(`not a property: ${line}`);
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
}

/** A backslash and a leading blank would be read away; anything beyond ASCII is read as Latin-1 by some readers. */
export function toProperties(settings: Properties): string {
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${escape(String(value))}\n`);
  return lines.join('');
}

function escape(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replace(/^ /, '\\ ')
    .replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
