/** Waiting until the read API shows, for given ids, what Postgres holds: field by field against the SQL view, 404 where it has no row. */
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { waitFor } from '../../stack/wait.ts';
import type { Pipeline } from './pipeline.ts';
import { differences } from './same-json.ts';
import { runningSystem } from './stack.ts';

type Place = Pick<Pipeline, 'sql' | 'projection'>;

const DEADLINE_MS = 20_000;

export async function servedAsInSql(
  place: Place,
  ids: readonly string[],
  readApiUrl = runningSystem().readApiUrl,
): Promise<void> {
  await waitFor(
    'the read API to show what SQL holds',
    async () => {
      const wrong = await servedDifferences(place, ids, readApiUrl);
      if (wrong.length > 0) throw new Error(wrong.slice(0, 5).join('\n'));
      return true;
    },
    { timeoutMs: DEADLINE_MS, intervalMs: 20 },
  );
}

/** One line a difference, now. */
export async function servedDifferences(
  { sql, projection }: Place,
  ids: readonly string[],
  readApiUrl = runningSystem().readApiUrl,
): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string; document: string }>(
    `select id::text as id, document::text as document from ${projection.sourceView.name} where id::text = any ($1)`,
    [ids],
  );
  const expected = new Map(rows.map(({ id, document }) => [id, projection.fromSource(id, document).json]));
  const wrong: string[] = [];
  for (const id of ids) {
    const response = await fetch(`${readApiUrl}/${projection.resource}/${id}`);
    const body = await response.text();
    const source = expected.get(id) ?? undefined;
    const status = source === undefined ? 404 : 200;
    if (response.status !== status) wrong.push(`${id}: ${status} expected, answered ${response.status}`);
    else if (source !== undefined)
      wrong.push(...differences(parseLossless(source), parseLossless(body)).map((each) => `${id}: ${each}`));
  }
  return wrong;
}
