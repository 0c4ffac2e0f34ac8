/** One read model: what `readside check` finds of it, how it stands now, and whether it was ever verified. Pure. */
import type { Finding } from '../../services/shared/check/finding.ts';
import type { ProjectionReport } from '../../services/shared/status-report.ts';
import { checksOf } from './check.ts';
import type { Check } from './check.ts';

const { ok, warning, broken } = checksOf('read models');

/** It flows all the same, and a document may once be degraded by it. */
const MILD: ReadonlySet<string> = new Set(['column-nullable', 'tombstones-too-short']);
const IS_DOWN = /-down$/;

export function judgeReadModel(report: ProjectionReport, findings: readonly Finding[]): readonly Check[] {
  const { projection, state, text, causes, warnings, version, built, verified, stopped } = report;
  // A server that does not answer was said of the server.
  const fits = findings.filter(({ code }) => !IS_DOWN.test(code));
  const told = new Set(fits.map(({ code }) => code));
  const now = causes.filter(({ code }) => !IS_DOWN.test(code) && !told.has(code));
  const unasked = findings.length > fits.length || causes.some(({ code }) => IS_DOWN.test(code));
  return [
    ...(fits.length === 0 && !unasked
      ? [ok('fits', `${projection}: definition, Postgres, connector, topics and collection fit together`)]
      : []),
    ...fits.map((finding) =>
      (MILD.has(finding.code) ? warning : broken)(
        finding.code,
        `${projection}: ${finding.text}`,
        finding.remedy,
      ),
    ),
    ...now.map((cause) => broken(cause.code, `${projection}: ${cause.text}`, cause.remedy)),
    ...warnings.map((cause) => warning(cause.code, `${projection}: ${cause.text}`, cause.remedy)),
    ...(causes.length === 0 ? [flowCheck(projection, state, text)] : []),
    ...(built !== null && built !== version && !warnings.some(({ code }) => code === 'definition-not-applied')
      ? [
          warning(
            'definition-not-applied',
            `${projection}: the documents were built by version ${built}, and the code has ${version}`,
            `readside plan ${projection}, then readside apply ${projection}`,
          ),
        ]
      : []),
    ...verifiedChecks(projection, verified, stopped),
  ];
}

function flowCheck(projection: string, state: ProjectionReport['state'], text: string): Check {
  return state === 'up-to-date' || state === 'degraded'
    ? ok('flow', `${projection}: up to date`)
    : warning(
        'flow',
        `${projection}: ${text}`,
        'readside status --watch: it passes by itself, or says why not',
      );
}

function verifiedChecks(
  projection: string,
  verified: ProjectionReport['verified'],
  stopped: boolean,
): readonly Check[] {
  if (stopped || (verified !== null && 'error' in verified)) return [];
  if (verified === null)
    return [
      warning(
        'verified',
        `${projection} was never compared with SQL as a whole`,
        `readside verify ${projection} --all`,
      ),
    ];
  const { at, missing, extra, different, counts = 0 } = verified;
  const wrong = missing + extra + different + counts;
  return [
    wrong === 0
      ? ok('verified', `${projection}: all equal to SQL at ${at}`)
      : broken(
          'verified',
          `${projection}: ${wrong} wrong at ${at}`,
          `readside verify ${projection} --all --repair`,
        ),
  ];
}
