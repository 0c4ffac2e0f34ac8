/** So many clients that each send the next request as soon as the one before is answered: how many a second. */
import { openConnection } from './http-connection.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Answers a second. @throws Error at the first that was refused. */
export async function askAll(url: string, clients: number, requests: readonly Request[]): Promise<number> {
  const texts = requests.map(({ body }) => (body === undefined ? undefined : JSON.stringify(body)));
  const connections = await Promise.all(Array.from({ length: clients }, () => openConnection(url)));
  let next = 0;
  const began = performance.now();
  try {
    await Promise.all(
      connections.map(async (connection) => {
        for (let at = next++; at < requests.length; at = next++) {
          const { method = '', path = '' } = requests[at] ?? {};
          const { status, body } = await connection.ask(method, path, texts[at]);
          if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${body}`);
        }
      }),
    );
    return (1000 * requests.length) / (performance.now() - began);
  } finally {
    for (const connection of connections) connection.close();
  }
}
