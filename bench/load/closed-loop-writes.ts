/** So many clients that each send the next command as soon as the one before is answered: how many a second. */
import { openConnection } from './http-connection.ts';

export interface Command {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

/** Answers a second. @throws Error at the first command that was refused. */
export async function closedLoop(
  url: string,
  clients: number,
  commands: readonly Command[],
): Promise<number> {
  const texts = commands.map(({ body }) => (body === undefined ? undefined : JSON.stringify(body)));
  const connections = await Promise.all(Array.from({ length: clients }, () => openConnection(url)));
  let next = 0;
  const began = performance.now();
  try {
    await Promise.all(
      connections.map(async (connection) => {
        for (let at = next++; at < commands.length; at = next++) {
          const { method = '', path = '' } = commands[at] ?? {};
          const { status, body } = await connection.ask(method, path, texts[at]);
          if (status >= 300) throw new Error(`${method} ${path} was answered ${status}: ${body}`);
        }
      }),
    );
    return (1000 * commands.length) / (performance.now() - began);
  } finally {
    for (const connection of connections) connection.close();
  }
}
