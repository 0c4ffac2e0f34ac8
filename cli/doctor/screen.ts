/** What doctor found, a line each, by stage. Pure. */
import pc from 'picocolors';
import { DOCTOR_STAGES, markOf } from './check.ts';
import type { Check } from './check.ts';

const SIGNS = { ok: pc.green('✓'), warning: pc.yellow('!'), broken: pc.red('✗') } as const;

export function screenOf(checks: readonly Check[]): string {
  const lines = DOCTOR_STAGES.flatMap((stage) => {
    const of = checks.filter((each) => each.stage === stage);
    return of.length === 0 ? [] : [pc.bold(stage), ...of.map(lineOf), ''];
  });
  return `${lines.join('\n')}\n${summaryOf(checks)}\n`;
}

function lineOf({ mark, text, remedy }: Check): string {
  return `  ${SIGNS[mark]} ${text}${remedy === '' ? '' : ` ${pc.dim('→')} ${remedy}`}`;
}

function summaryOf(checks: readonly Check[]): string {
  const count = (mark: Check['mark']): number => checks.filter((each) => each.mark === mark).length;
  const [broken, warnings] = [count('broken'), count('warning')];
  if (markOf(checks) === 'ok') return `${SIGNS.ok} all ${checks.length} checks are fine`;
  const told = [
    ...(broken > 0 ? [`${broken} broken`] : []),
    ...(warnings > 0 ? [`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`] : []),
  ];
  return `${SIGNS[markOf(checks)]} ${told.join(', ')}, of ${checks.length} checks`;
}
