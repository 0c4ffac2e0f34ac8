/** Rows of the books and of the people that they copy from, and writers of both who do not stop while something is done to the stream. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';

/** Ids of people and of books are told by their numbers; there are people whose rows come later, or never. */
export const personId = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const bookId = (n: number): string => `00000000-0000-7000-9000-${String(n).padStart(12, '0')}`;

/** `author`: of all of them, or each another. Each book has two chapters. */
export async function addBooks(
  sql: Pool,
  range: { readonly from: number; readonly to: number },
  people: number | { readonly author: number },
): Promise<void> {
  const author = typeof people === 'number' ? `n % ${people}` : String(people.author);
  const id = (prefix: string, n: string): string =>
    `('00000000-0000-7000-${prefix}-' || lpad((${n})::text, 12, '0'))::uuid`;
  const { from, to } = range;
  await sql.query(
    `insert into books (id, title, author_id)
       select ${id('9000', 'n')}, 'Book ' || n, ${id('8000', author)} from generate_series(${from}, ${to}) n`,
  );
  await sql.query(
    `insert into chapters (book_id, no, heading, editor_id)
       select ${id('9000', 'n')}, no, 'Chapter', case no when 1 then null else ${id('8000', `(n + no) % ${typeof people === 'number' ? people : 7}`)} end
         from generate_series(${from}, ${to}) n, generate_series(1, 2) no`,
  );
}

export async function addPeople(sql: Pool, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++)
    await sql.query('insert into people (id, name, born) values ($1, $2, now())', [
      personId(n),
      `Person ${n}`,
    ]);
}

export interface BookWriterOptions {
  readonly people: number;
  readonly books: number;
  readonly pauseMs?: number;
}

/** Renames, deletes and brings back people, and changes the books that name them; the returned function ends it. */
export function startBookWriters(
  sql: Pool,
  { people, books, pauseMs = 5 }: BookWriterOptions,
): () => Promise<number> {
  const stopped = new AbortController();
  const any = (of: number): number => Math.floor(Math.random() * of);
  let count = 0;
  const acts: ReadonlyArray<() => Promise<unknown>> = [
    ...Array.from(
      { length: 3 },
      () => () =>
        sql.query('update people set name = $2 where id = $1', [personId(any(people)), `Name ${count}`]),
    ),
    // What nobody copies, and a name that was there before.
    () => sql.query("update people set mood = mood || '.' where id = $1", [personId(any(people))]),
    () => sql.query("update people set name = 'Same' where id = $1", [personId(any(people))]),
    () => sql.query('delete from people where id = $1', [personId(any(people))]),
    () =>
      sql.query("insert into people (id, name) values ($1, 'Back') on conflict (id) do nothing", [
        personId(any(people)),
      ]),
    () =>
      sql.query('update books set author_id = $2, version = version + 1 where id = $1', [
        bookId(any(books)),
        any(8) === 0 ? null : personId(any(people)),
      ]),
    () =>
      sql.query('update chapters set editor_id = $2, heading = $3 where book_id = $1 and no = 2', [
        bookId(any(books)),
        personId(any(people)),
        `Heading ${count}`,
      ]),
    () => sql.query('update books set title = $2 where id = $1', [bookId(any(books)), `Title ${count}`]),
    () => sql.query('delete from books where id = $1', [bookId(any(books))]),
    () =>
      sql.query('insert into books (id, title, author_id) values ($1, $2, $3) on conflict (id) do nothing', [
        bookId(any(books)),
        'New',
        personId(any(people)),
      ]),
  ];
  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await acts[any(acts.length)]?.();
      count += 1;
      await sleep(pauseMs);
    }
  };
  const running = Promise.all([run(), run(), run()]);
  running.catch(() => stopped.abort()); // told by the returned function
  return async () => {
    stopped.abort();
    await running;
    return count;
  };
}
