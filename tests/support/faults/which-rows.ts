/**
 * Which rows a run defines. READSIDE_FAULTS is `all`, a list of numbers, run in that order, or not set, which means the short form in
 * `npm test`. `others` are run only by their numbers; 0 is the long run.
 */
interface Numbered {
  readonly number: number;
  readonly short?: boolean;
}

export interface Choice {
  /** Results are written down only where they were asked for. */
  readonly recorded: boolean;
  of<R extends Numbered>(rows: readonly R[], others: readonly R[]): readonly R[];
}

export function chosenRows(asked: string | undefined): Choice {
  if (asked === undefined || asked === '')
    return { recorded: false, of: (rows) => rows.filter(({ short }) => short === true) };
  if (asked === 'all') return { recorded: true, of: (rows) => rows };
  const numbers = asked.split(',').map(Number);
  return {
    recorded: true,
    of: (rows, others) =>
      numbers.map((wanted) => {
        const found = [...rows, ...others].find(({ number }) => number === wanted);
        if (!found) throw new Error(`READSIDE_FAULTS: there is no row ${wanted} that can run here`);
        return found;
      }),
  };
}
