/** What `readside dlq` shows to a person, and letters as JSON. Pure. */
import { isUtf8 } from 'node:buffer';
import type { Letter } from '../../services/shared/dead-letters/letter.ts';
import type { AuditLine } from '../../services/shared/audit-line.ts';
import type { RetryOutcome } from '../../services/shared/dead-letters/retry-outcome.ts';

/** Text where the bytes are text, else base64 under another name. */
export function toJsonLetter({ key, value, ...rest }: Letter): Readonly<Record<string, unknown>> {
  const bytes = (name: string, content: Buffer | null): Record<string, string | null> =>
    content === null || isUtf8(content)
      ? { [name]: content?.toString('utf8') ?? null }
      : { [`${name}Base64`]: content.toString('base64') };
  return { ...rest, ...bytes('key', key), ...bytes('value', value) };
}

const SHOWN = 2000;

export function describeLetter({ partition, offset, timestamp, error, value }: Letter): readonly string[] {
  const text = value === null ? 'no value' : value.subarray(0, SHOWN).toString('utf8');
  const more = value !== null && value.length > SHOWN ? ` … (${value.length} bytes)` : '';
  return [
    `${partition}:${offset}  ${new Date(timestamp).toISOString()}  ${error}`,
    `  ${printable(text)}${more}`,
  ];
}

/** Whatever is in a damaged record must not drive the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '·');
}

export function describeOutcome(outcome: RetryOutcome, dryRun: boolean): readonly string[] {
  const { id, state, applied, remaining, error, differences } = outcome;
  const would = dryRun ? 'would be ' : '';
  const head =
    state === 'not-quarantined'
      ? `${id} is not in quarantine`
      : state === 'healed'
        ? `${id} ${would}healed: ${applied} changes applied`
        : `${id} ${dryRun ? 'would stay' : 'stays'} in quarantine: ${applied} changes applied, ${remaining} remain: ${error}`;
  const changes = differences.map(
    ({ path, before, after }) =>
      `  ${path === '' ? 'document' : path}: ${before ?? 'nothing'} → ${after ?? 'nothing'}`,
  );
  return dryRun ? [head, ...changes] : [head];
}

export function describeAudit({ at, act, of, by, outcome }: AuditLine): string {
  const what =
    of.length > 3 ? `${of.length} ${act === 'replay' ? 'partitions' : 'documents'}` : of.join(', ');
  const end =
    outcome === null
      ? 'its end is not known'
      : 'told' in outcome
        ? outcome.told
        : outcome.again !== undefined
          ? `${outcome.again} offsets delivered again`
          : `${outcome.healed} healed, ${outcome.failing} failing, ${outcome.applied} changes applied, ${outcome.discarded} discarded`;
  return `${at.toISOString()}  ${act}${what && ` ${what}`}${by === undefined ? '' : ` by ${by}`}: ${end}`;
}
