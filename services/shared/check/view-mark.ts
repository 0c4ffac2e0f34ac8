import { createHash } from 'node:crypto';
import type { SourceView } from '../projection/source-view.ts';

/** Told apart from any other version of the view; kept as the comment of the installed one. */
export function viewMark({ sql }: SourceView): string {
  return `readside ${createHash('sha256').update(sql).digest('hex').slice(0, 16)}`;
}
