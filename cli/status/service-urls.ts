/** Where the services are: those of the local system, else what the environment names. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { CliError, EXIT } from '../exit.ts';
import type { StackFile } from '../local/stack-file.ts';

export interface ServiceUrls {
  readonly writeApi: string | null;
  readonly readApi: string | null;
  /** By the name of the projection; several where its projectors have addresses of their own. */
  readonly projectors: ReadonlyMap<string, readonly string[]>;
}

/** @throws CliError (usage) when a variable does not fit. */
export function serviceUrls(local: StackFile | undefined, env: NodeJS.ProcessEnv): ServiceUrls {
  const running = Object.entries(local?.projectors ?? {}).map(([name, { url }]) => [name, [url]] as const);
  return {
    writeApi: urlOf('WRITE_API_URL', env) ?? local?.writeApiUrl ?? null,
    readApi: urlOf('READ_API_URL', env) ?? local?.readApiUrl ?? null,
    projectors: new Map([...running, ...namedProjectors(env['PROJECTOR_URLS'] ?? '')]),
  };
}

function urlOf(name: string, env: NodeJS.ProcessEnv): string | null {
  const text = env[name];
  if (text === undefined || text === '') return null;
  return checked(name, text);
}

/** `profile=http://a:3003,profile=http://b:3003,insights=http://c:3003` */
function namedProjectors(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const each of text.split(',').filter((part) => part.trim() !== '')) {
    const [, name, url] = /^\s*([^=\s]+)=(\S+)\s*$/.exec(each) ?? [];
    if (name === undefined || url === undefined)
      throw new CliError(EXIT.usage, `PROJECTOR_URLS: ${each.trim()} is not like profile=http://host:3003`);
    found.set(name, [...(found.get(name) ?? []), checked('PROJECTOR_URLS', url)]);
  }
  return found;
}

function checked(variable: string, text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new CliError(EXIT.usage, `${variable}: ${text} is no address as http://host:3001`);
  return text.replace(/\/$/, '');
}

/** A name may stand for several processes (`compose --scale`): the address of each. By https a name is asked as it is. */
export async function instancesOf(address: string): Promise<readonly string[]> {
  const url = new URL(address);
  if (url.protocol === 'https:' || isIP(url.hostname.replaceAll(/[[\]]/g, '')) !== 0) return [address];
  const found = await lookup(url.hostname, { all: true });
  // A process that listens on both would else be counted twice.
  const four = found.filter(({ family }) => family === 4);
  return (four.length > 0 ? four : found).map(({ address: host, family }) => {
    url.hostname = family === 6 ? `[${host}]` : host;
    return url.href.replace(/\/$/, '');
  });
}
