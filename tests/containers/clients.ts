/** Requests to a project's APIs with a token, and the comparison of what is served with what SQL says. */
import { bearer } from '../../cli/local/development-token.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { differences } from '../support/same-json.ts';
import type { Population } from '../support/workload/population.ts';
import type { Project } from './project.ts';

export interface Clients {
  post(this: void, path: string, body: unknown): Promise<Response>;
  read(this: void, path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
}

const IDS_AT_ONCE = 8;

export function clientsOf({ writeApiUrl, readApiUrl }: Project, token: string): Clients {
  return {
    post: (path, body) =>
      fetch(`${writeApiUrl}${path}`, {
        method: 'POST',
        headers: { ...bearer(token), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    read: (path, headers = {}) =>
      fetch(`${readApiUrl}${path}`, { headers: { ...bearer(token), ...headers } }),
  };
}

/** Documents that are not served as SQL has them, at least at the version that was acknowledged, or that are served though deleted. */
export async function differing({ read }: Clients, people: Population): Promise<readonly string[]> {
  const wrong: string[] = [];
  const look = async (id: string, version: number | null): Promise<void> => {
    const [served, source] = await Promise.all([
      read(`/profiles/${id}`),
      read(`/profiles/${id}?consistency=source`),
    ]);
    const [document, truth] = [await served.text(), await source.text()];
    if (version === null) {
      if (served.status !== 404) wrong.push(`${id}: deleted, answered ${served.status}`);
      return;
    }
    if (served.status !== 200) {
      wrong.push(`${id}: answered ${served.status}`);
      return;
    }
    const found = differences(parseLossless(truth), parseLossless(document));
    if (found.length > 0) wrong.push(`${id}: ${found.slice(0, 3).join('; ')}`);
    if ((JSON.parse(document) as { version: number }).version < version)
      wrong.push(`${id}: version ${version} was acknowledged`);
  };
  const queue = [...people.versions, ...[...people.gone].map((id) => [id, null] as const)].values();
  const worker = async (): Promise<void> => {
    for (const [id, version] of queue) await look(id, version);
  };
  await Promise.all(Array.from({ length: IDS_AT_ONCE }, worker));
  return wrong;
}
