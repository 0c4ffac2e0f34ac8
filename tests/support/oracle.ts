/**
 * The oracle (design §7): when writers are silent, the documents equal the SQL view, none is missing, none is too many, and the read
 * API serves just that. It is itself tested: a planted error must turn it red.
 */
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { toServedJson } from '../../services/shared/stored-document.ts';
import type { Pipeline } from './pipeline.ts';
import { differences } from './same-json.ts';

export interface Verdict {
  readonly compared: number;
  /** One line a document that is wrong: missing, extra or different, with the field. */
  readonly wrong: readonly string[];
}

/** Compares every document in MongoDB, read at majority, with the source view in one snapshot. Call `settled` first. */
export async function compareDocuments({ sql, documents, projection }: Pipeline): Promise<Verdict> {
  const expected = await sourceDocuments(sql, projection);
  const wrong: string[] = [];
  for await (const stored of documents.find(
    { '_sync.phase': 'live' },
    { readConcern: { level: 'majority' } },
  )) {
    const source = expected.get(stored._id);
    expected.delete(stored._id);
    if (source === undefined) wrong.push(`${stored._id}: extra`);
    else
      wrong.push(
        ...tell(
          stored._id,
          differences(parseLossless(source), parseLossless(toServedJson(projection, stored))),
        ),
      );
  }
  wrong.push(...[...expected.keys()].map((id) => `${id}: missing`));
  const pending = await documents.countDocuments({ '_sync.phase': 'pending' });
  if (pending > 0) wrong.push(`${pending} documents still wait for their root`);
  return { compared: await documents.countDocuments({ '_sync.phase': 'live' }), wrong };
}

/** Asks the read API for every id: live ones must equal the view, field by field, and deleted ones must be 404. */
export async function compareServed(
  { sql, projection }: Pipeline,
  readApiUrl: string,
  deletedIds: Iterable<string>,
): Promise<Verdict> {
  const expected = await sourceDocuments(sql, projection);
  const wrong: string[] = [];
  await eachOf([...expected], async ([id, source]) => {
    const response = await fetch(`${readApiUrl}/${projection.resource}/${id}`);
    const body = await response.text();
    if (response.status !== 200) wrong.push(`${id}: answered ${response.status}`);
    else wrong.push(...tell(id, differences(parseLossless(source), parseLossless(body))));
  });
  const gone = [...new Set(deletedIds)].filter((id) => !expected.has(id));
  await eachOf(gone, async (id) => {
    const response = await fetch(`${readApiUrl}/${projection.resource}/${id}`);
    await response.arrayBuffer();
    if (response.status !== 404) wrong.push(`${id}: deleted, answered ${response.status}`);
  });
  return { compared: expected.size + gone.length, wrong };
}

async function sourceDocuments(
  sql: Pipeline['sql'],
  { sourceView, fromSource }: Projection,
): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ id: string; document: string }>(
    `select id::text as id, document::text as document from ${sourceView.name}`,
  );
  const documents = rows.map(({ id, document }) => [id, fromSource(id, document).json] as const);
  return new Map(documents.filter((each): each is readonly [string, string] => each[1] !== null));
}

function tell(id: string, found: readonly string[]): readonly string[] {
  return found.length === 0 ? [] : [`${id}: ${found.slice(0, 3).join('; ')}`];
}

const AT_ONCE = 16;

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
