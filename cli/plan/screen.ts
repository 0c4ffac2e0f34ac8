/** What `readside plan` shows to a person. Pure. */
import type { DefinitionPlan } from './plan-definition.ts';

export function describePlan({
  projection,
  built,
  version,
  changes,
  documents,
  needs,
  why,
}: DefinitionPlan): string {
  const ends: Readonly<Record<DefinitionPlan['needs'], string>> = {
    nothing: 'nothing is to be done',
    start:
      built === null
        ? 'nothing was built yet: projectors build it when they start'
        : 'no document is different: start projectors and read APIs with this definition, which make the indexes',
    rebuild: `${documents} documents are to be made anew: start projectors of version ${version}, then readside apply ${projection}, then end those of version ${built}`,
    refused: why ?? '',
  };
  const lines = [
    `${projection}: built by version ${built ?? 'none'}, the code has ${version}`,
    ...changes.map(({ what, before, after, affects }) => {
      const sign = before === null ? '+' : after === null ? '-' : '~';
      const how = before !== null && after !== null ? `${before} → ${after}` : (after ?? before ?? '');
      return `  ${sign} ${what}: ${how}${affects === 'queries' ? ' (no document)' : ''}`;
    }),
    ends[needs],
  ];
  return `${lines.join('\n')}\n`;
}
