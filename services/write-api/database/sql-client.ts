/**
 * What commands speak to Postgres through. Each text is prepared once a connection: without that Postgres parses and plans every statement
 * again, which takes it longer than to run one. Texts are constants of ours (of some, a few dozen variants), so that no list grows.
 */
import type { ClientBase, QueryResult, QueryResultRow } from 'pg';

export interface SqlClient {
  query<R extends QueryResultRow>(text: string, values: readonly unknown[]): Promise<QueryResult<R>>;
}

/** Texts and their names, the same on every connection. */
const names = new Map<string, string>();

export function preparing(client: ClientBase): SqlClient {
  return { query: (text, values) => client.query({ name: nameOf(text), text, values: [...values] }) };
}

function nameOf(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = `command ${names.size + 1}`;
  names.set(text, name);
  return name;
}
