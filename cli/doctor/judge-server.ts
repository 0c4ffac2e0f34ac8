/** What is judged of each server alike: whether it answers, its version, its clock. Pure. */
import { checksOf, compareVersions, readVersion } from './check.ts';
import type { Check, DoctorStage } from './check.ts';

export interface Known {
  readonly name: string;
  readonly stage: DoctorStage;
  /** The one that Readside is tested with. */
  readonly tested: string;
  /** What it needs at least. */
  readonly oldest: string;
}

export function judgeVersion({ name, stage, tested, oldest }: Known, found: string): Check {
  const { ok, warning, broken } = checksOf(stage);
  const [version, least, known] = [found, oldest, tested].map(readVersion);
  const text = `${name} ${found}`;
  if (!version || !least || !known)
    return warning('version', `${text}: no version that is known`, `use ${tested}`);
  if (compareVersions(version, least) < 0)
    return broken('version', `${text} is too old`, `use ${name} ${oldest} or newer; ${tested} is tested`);
  if (version[0] > known[0])
    return warning(
      'version',
      `${text} is newer than what is tested`,
      `${name} ${tested} is; look at the tests before you rely on it`,
    );
  return ok('version', text);
}

const APART_MS = 2000;
const FAR_APART_MS = 60_000;

/** @param aheadMs of this machine's clock */
export function judgeClock(stage: DoctorStage, name: string, aheadMs: number): Check {
  const { ok, warning, broken } = checksOf(stage);
  const apart = Math.abs(aheadMs);
  const text = `the clock of ${name} is ${(apart / 1000).toFixed(1)} s ${aheadMs < 0 ? 'behind' : 'ahead of'} that of this machine`;
  const remedy = 'set the clocks by NTP on both: ages, tokens and retention are told by them';
  if (apart > FAR_APART_MS) return broken('clock', text, remedy);
  return apart > APART_MS ? warning('clock', text, remedy) : ok('clock', `the clock of ${name} is right`);
}

/** It could not be asked; nothing else is said of it then. */
export function notReached(stage: DoctorStage, name: string, variable: string, why: string): Check {
  return checksOf(stage).broken(
    'reached',
    why.startsWith(`${name} does not answer`) ? why : `${name} does not answer: ${why}`,
    `start ${name}, or mend ${variable}, the network or the rights; a local system is started by npm start`,
  );
}
