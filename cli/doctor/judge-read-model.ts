/**
 * The read models: what `readside check` finds of each, how it stands now, and whether it was ever verified. What is the same of several, as
 * where their stream stands still, is said once. Pure.
 */
import type { Finding } from '../../services/shared/check/finding.ts';
import type { ProjectionReport } from '../../services/shared/status-report.ts';
import { checksOf } from './check.ts';
import type { Check } from './check.ts';

const { ok, warning, broken } = checksOf('read models');

/** It flows all the same, and a document may once be degraded by it. */
const MILD: ReadonlySet<string> = new Set(['column-nullable', 'tombstones-too-short']);
const IS_DOWN = /-down$/;

export interface ReadModelFacts {
  readonly report: ProjectionReport;
  readonly findings: readonly Finding[];
}

export function judgeReadModels(models: readonly ReadModelFacts[]): readonly Check[] {
  const merged = new Map<string, { readonly check: Check; readonly names: string[] }>();
  for (const { report, findings } of models)
    for (const check of judgeOne(report, findings)) {
      const key = JSON.stringify(check);
      const known = merged.get(key) ?? { check, names: [] };
      known.names.push(report.projection);
      merged.set(key, known);
    }
  return [...merged.values()].map(({ check, names }) => ({
    ...check,
    text: `${names.join(', ')}: ${check.text}`,
  }));
}

function judgeOne(report: ProjectionReport, findings: readonly Finding[]): readonly Check[] {
  const { projection, state, text, causes, warnings, version, built, verified, stopped } = report;
  // A server that does not answer was said of the server.
  const fits = findings.filter(({ code }) => !IS_DOWN.test(code));
  const told = new Set(fits.map(({ code }) => code));
  const now = causes.filter(({ code }) => !IS_DOWN.test(code) && !told.has(code));
  const unasked = findings.length > fits.length || causes.some(({ code }) => IS_DOWN.test(code));
  return [
    ...(fits.length === 0 && !unasked
      ? [ok('fits', 'definition, Postgres, connector, topics and collection fit together')]
      : []),
    ...fits.map((finding) =>
      (MILD.has(finding.code) ? warning : broken)(finding.code, finding.text, finding.remedy),
    ),
    ...now.map((cause) => broken(cause.code, cause.text, cause.remedy)),
    ...warnings.map((cause) => warning(cause.code, cause.text, cause.remedy)),
    ...(causes.length === 0 ? [flowCheck(state, text)] : []),
    ...(built !== null && built !== version && !warnings.some(({ code }) => code === 'definition-not-applied')
      ? [
          warning(
            'definition-not-applied',
            `the documents were built by version ${built}, and the code has ${version}`,
            `readside plan ${projection}, then readside apply ${projection}`,
          ),
        ]
      : []),
    ...verifiedChecks(projection, verified, stopped),
  ];
}

function flowCheck(state: ProjectionReport['state'], text: string): Check {
  return state === 'up-to-date' || state === 'degraded'
    ? ok('flow', 'up to date')
    : warning('flow', text, 'readside status --watch: it passes by itself, or says why not');
}

function verifiedChecks(
  projection: string,
  verified: ProjectionReport['verified'],
  stopped: boolean,
): readonly Check[] {
  if (stopped || (verified !== null && 'error' in verified)) return [];
  if (verified === null) return [warning('verified', 'never compared with SQL', 'readside verify --all')];
  const { at, scope, missing, extra, different, counts = 0 } = verified;
  const wrong = missing + extra + different + counts;
  return [
    wrong === 0
      ? ok('verified', `equal to SQL at ${at} (${scope})`)
      : broken('verified', `${wrong} wrong at ${at}`, `readside verify ${projection} --all --repair`),
  ];
}
