/** How long random load lasts, and from which seed: both can be set from outside to repeat a run or make it longer. */
export function loadSeconds(byDefault: number): number {
  const given = Number(process.env['READSIDE_LOAD_SECONDS']);
  return given > 0 ? given : byDefault;
}

/** Printed, so that a failing run can be repeated with READSIDE_SEED. */
export function newSeed(): number {
  const seed = Number(process.env['READSIDE_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
  process.stderr.write(`  seed ${seed}\n`);
  return seed;
}
