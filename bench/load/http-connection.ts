/**
 * One connection to an HTTP/1.1 server on this machine that asks one thing after another. Far cheaper than fetch: what the load takes of
 * the machine is missing to what is measured. Understands answers with Content-Length or without a body, as our services and peers give.
 */
import { connect } from 'node:net';

export interface Answer {
  readonly status: number;
  /** In lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface HttpConnection {
  /** One at a time. @throws Error when the connection breaks. */
  ask(
    method: string,
    path: string,
    body?: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
  close(): void;
}

const HEAD_END = '\r\n\r\n';
const NO_BODY: ReadonlySet<number> = new Set([204, 304]);

export async function openConnection(url: string): Promise<HttpConnection> {
  const { hostname, port, host } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  let received = Buffer.alloc(0);
  const broke = (error: Error): void => {
    waiting?.reject(error);
    waiting = null;
  };
  socket.on('error', broke);
  socket.on('close', () => broke(new Error(`${url} closed the connection`)));
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    try {
      const answer = readAnswer(received);
      if (answer === null) return;
      received = Buffer.alloc(0);
      const { resolve } = waiting ?? {};
      waiting = null;
      resolve?.(answer);
    } catch (error) {
      broke(error instanceof Error ? error : new Error(String(error)));
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return {
    ask: (method, path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        if (socket.destroyed) return broke(new Error(`${url} closed the connection`));
        const content =
          body === undefined
            ? ''
            : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
        const others = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
        socket.write(
          `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${content}${others.join('')}\r\n${body ?? ''}`,
        );
      }),
    close: () => socket.destroy(),
  };
}

/** null while a part of it is still to come. */
function readAnswer(received: Buffer): Answer | null {
  const end = received.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = received.toString('latin1', 0, end);
  const status = Number(head.slice(STATUS_AT, STATUS_AT + 3));
  const length = NO_BODY.has(status) ? 0 : Number(/content-length: *(\d+)/i.exec(head)?.[1]);
  if (Number.isNaN(length)) throw new Error(`an answer without Content-Length: ${head.slice(0, 40)}`);
  const start = end + HEAD_END.length;
  if (received.length < start + length) return null;
  return {
    status,
    get headers() {
      return headersOf(head);
    },
    body: received.toString('utf8', start, start + length),
  };
}

/** Behind `HTTP/1.1 `. */
const STATUS_AT = 9;

function headersOf(head: string): ReadonlyMap<string, string> {
  const [, ...lines] = head.split('\r\n');
  return new Map(
    lines.map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()] as const;
    }),
  );
}
