/**
 * What a command answers and a reader sends back to see its own write: "not older than this revision of this document".
 * Opaque to clients: base64url of a small JSON array that starts with the format's number.
 */
export interface ConsistencyToken {
  /** the document's id, a uuid in lower case */
  readonly id: string;
  /** users.version after the command; one above the last one after a delete */
  readonly revision: number;
  readonly deleted: boolean;
}

const FORMAT = 1;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
/** Longer than any token this format can make; nothing longer is decoded. */
const MAX_LENGTH = 128;

export function encodeToken(token: ConsistencyToken): string {
  const parts = [FORMAT, token.id, token.revision, token.deleted ? 1 : 0];
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** null when `text` is no token of ours: cut off, altered, or of another format. */
export function decodeToken(text: string): ConsistencyToken | null {
  if (text.length > MAX_LENGTH || !/^[\w-]+$/.test(text)) return null;
  const parts = parseArray(Buffer.from(text, 'base64url').toString('utf8'));
  if (parts?.length !== 4) return null;
  const [format, id, revision, deleted] = parts;
  if (format !== FORMAT || typeof id !== 'string' || !UUID.test(id)) return null;
  if (typeof revision !== 'number' || !Number.isSafeInteger(revision) || revision < 0) return null;
  if (deleted !== 0 && deleted !== 1) return null;
  return { id, revision, deleted: deleted === 1 };
}

function parseArray(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
