/** Whether each database answers what the reads will ask of it: null, or why not. Neither function rejects. */
import type { Pool } from 'pg';

/** `refresh`: a read of the kind that all are, from the primary and by majority. */
export async function documentsReadiness(refresh: () => Promise<void>): Promise<string | null> {
  try {
    await refresh();
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** `view`: qualified and quoted. */
export async function sourceReadiness(pool: Pool, view: string): Promise<string | null> {
  try {
    await pool.query(`select from ${view} limit 0`);
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
