/** Which rows a run defines: READSIDE_FAULTS is `all`, a list of numbers, or not set, which means the short form in `npm test`. */
export interface Choice {
  /** Results are written down only where they were asked for. */
  readonly recorded: boolean;
  has(row: { readonly number: number; readonly short?: boolean }): boolean;
}

export function chosenRows(asked: string | undefined): Choice {
  if (asked === undefined || asked === '') return { recorded: false, has: ({ short }) => short === true };
  if (asked === 'all') return { recorded: true, has: () => true };
  const numbers = new Set(asked.split(',').map(Number));
  if ([...numbers].some((each) => !Number.isInteger(each)))
    throw new Error(`READSIDE_FAULTS is neither "all" nor numbers of rows: ${asked}`);
  return { recorded: true, has: ({ number }) => numbers.has(number) };
}
