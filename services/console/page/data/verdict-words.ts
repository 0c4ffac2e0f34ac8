/** Whether a document is what its source says, in words. Pure. */
import type { DocumentAnswer } from './document-api.ts';
import { many } from './format.ts';
import type { Asked } from './state.ts';

/** What a screen reader is told: whether it is there and right, and not the whole of it. */
export function foundWords(document: Asked<DocumentAnswer>): string {
  switch (document.kind) {
    case 'nothing':
      return '';
    case 'asking':
      return 'asking';
    case 'failed':
      return document.why;
    case 'here':
      return `${document.value.id}: ${verdictWords(document.value)}`;
  }
}

const VERDICTS: Readonly<Record<DocumentAnswer['source']['state'], string>> = {
  equal: 'equal to what SQL says',
  degraded: 'differs: changes of it are in quarantine',
  undecided: 'differs, and may only lag: the stream does not catch up',
  wrong: 'not what SQL says',
};

const KINDS = {
  missing: 'there is no document',
  extra: 'SQL has no such rows',
  different: 'it is different',
} as const;

export function verdictWords({ source: { state, kind, fields = [] } }: DocumentAnswer): string {
  const what = kind === undefined ? '' : `: ${KINDS[kind]}`;
  return `${VERDICTS[state]}${what}${fields.length === 0 ? '' : ` at ${many(fields.length, 'place')}`}`;
}
