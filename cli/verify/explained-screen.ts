/** What `readside explain` shows to a person. Pure. */
import type { Explained } from '../../services/projector/explain/explain.ts';
import type { ExplainedField } from '../../services/shared/explained.ts';
import { tellDifference } from '../../services/shared/same-json.ts';

const VERDICTS: Readonly<Record<Explained['source']['state'], string>> = {
  equal: 'equal to the source',
  degraded: 'differs from the source: changes of it are in quarantine',
  undecided: 'differs from the source, and may only lag: the stream does not catch up',
  wrong: 'not what the source says: readside repair',
};

export function describeExplained(explained: Explained): string {
  const { id, phase, position, changedAt, appliedAt, projectionVersion, source, topic } = explained;
  const { fields, passedOver, quarantine } = explained;
  const lines = [
    `${id}: ${phase ?? 'no document'}, ${VERDICTS[source.state]}`,
    ...(position === null
      ? []
      : [
          `stands at ${position}, committed ${changedAt}, applied ${appliedAt?.toISOString()} by version ${projectionVersion} of the projection`,
        ]),
    ...(source.state === 'wrong' ? source.fields.map((each) => `  ${tellDifference(each)}`) : []),
    ...(fields.length > 0 ? ['', ...table([HEAD, ...fields.map(rowOf)])] : []),
    ...(passedOver.length > 0
      ? ['', 'not in the document:', ...passedOver.map((each) => `  ${each.change}  ${each.why}`)]
      : []),
    ...(quarantine
      ? [
          '',
          `in quarantine since ${quarantine.since.toISOString()}: ${quarantine.changes} changes; ${quarantine.error}: readside dlq show ${id}`,
        ]
      : []),
    ...(fields.some(({ origin }) => origin === null)
      ? [
          '',
          `–: no change in ${topic.name}, partition ${topic.partition} from ${topic.from} on, gave this value: older, copied from the source, or not of the stream`,
        ]
      : []),
    ...(fields.some(({ origin }) => origin?.orEarlier === true)
      ? ['≤: the first change of its row that the topic has; the value may be older']
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

const HEAD = ['field', 'table', 'row', 'committed', 'LSN', 'transaction', 'change'];

function rowOf({ path, table: name, row, origin }: ExplainedField): readonly string[] {
  if (origin === null) return [path, name, row ?? '', '–', '–', '–', '–'];
  const { committedAt, lsn, transaction, change, orEarlier } = origin;
  return [
    path,
    name,
    row ?? '',
    `${orEarlier ? '≤ ' : ''}${committedAt}`,
    lsn ?? '–',
    transaction === null ? '–' : String(transaction),
    change,
  ];
}

function table(rows: ReadonlyArray<readonly string[]>): readonly string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
