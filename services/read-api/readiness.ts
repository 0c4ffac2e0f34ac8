/** Whether each database answers what the reads will ask of it: null, or why not. Neither function rejects. */
import type { Pool } from 'pg';

/** `refreshes`: reads of the kind that all are, from the primary and by majority. */
export async function documentsReadiness(
  refreshes: ReadonlyArray<() => Promise<void>>,
): Promise<string | null> {
  try {
    await Promise.all(refreshes.map((refresh) => refresh()));
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** `views`: qualified and quoted. */
export async function sourceReadiness(pool: Pool, views: readonly string[]): Promise<string | null> {
  try {
    await pool.query(
      `select from ${views.map((view, at) => `(select from ${view} limit 0) as view${at}`).join(', ')}`,
    );
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && error.cause !== undefined) return reasonOf(error.cause);
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : '';
  return message === '' ? 'it cannot be reached' : message;
}
