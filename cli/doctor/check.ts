/** What `readside doctor` finds: one thing that was looked at, whether it is right, and what mends it if not. Pure. */

/** In the order in which they are shown: what stands first is needed by what follows. */
export const DOCTOR_STAGES = [
  'machine',
  'configuration',
  'postgres',
  'kafka',
  'connect',
  'mongodb',
  'services',
  'read models',
] as const;

export type DoctorStage = (typeof DOCTOR_STAGES)[number];

export type Mark = 'ok' | 'warning' | 'broken';

export interface Check {
  readonly stage: DoctorStage;
  /** What was looked at; the same whatever was found. */
  readonly code: string;
  readonly mark: Mark;
  readonly text: string;
  /** Empty where nothing is to be done. */
  readonly remedy: string;
}

/** For the checks of one stage. */
export function checksOf(stage: DoctorStage) {
  const make =
    (mark: Mark) =>
    (code: string, text: string, remedy = ''): Check => ({ stage, code, mark, text, remedy });
  const [ok, warning, broken] = [make('ok'), make('warning'), make('broken')];
  return { ok, warning, broken };
}

/** The worst of all. */
export function markOf(checks: readonly Check[]): Mark {
  if (checks.some(({ mark }) => mark === 'broken')) return 'broken';
  return checks.some(({ mark }) => mark === 'warning') ? 'warning' : 'ok';
}

export type Version = readonly [major: number, minor: number, patch: number];

/** `18.4 (Debian …)`, `4.2.2`, `3.7.0.Final`; null: it has none. */
export function readVersion(text: string): Version | null {
  const [, major, minor = '0', patch = '0'] = /(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? null : [Number(major), Number(minor), Number(patch)];
}

/** Negative: a is older. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
