/** Of what is the matter with a read model, what is told at which place. Pure. */
import type { PlacedCause, ProjectionReport } from '../../../shared/status-report.ts';
import { isSameAct } from '../data/act-words.ts';

/** Without what is told of `worst` already, with what heals it. */
export function causesBeyond(
  projection: ProjectionReport,
  worst: ProjectionReport | undefined,
): readonly PlacedCause[] {
  const said = worst === undefined ? [] : toldOf(worst);
  return toldOf(projection).filter((cause) => !said.some((each) => isHealedAlike(cause, each)));
}

function isHealedAlike(a: PlacedCause, b: PlacedCause): boolean {
  return a.act && b.act ? isSameAct(a.act, b.act) : a.text === b.text && a.remedy === b.remedy;
}

export function toldOf({ causes, warnings }: ProjectionReport): readonly PlacedCause[] {
  return [...causes, ...warnings];
}
