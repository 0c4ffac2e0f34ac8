/** What an act printed as the few figures that tell what came of it. Pure. */
import type { ActName } from '../../shared/acts.ts';
import type { JobFigures } from '../../shared/job.ts';

type Part = Readonly<Record<string, unknown>>;

/** `printed`: the verb's JSON, an object or one for each document; null: there is nothing to count. */
export function figuresOf(act: ActName, printed: unknown): JobFigures | null {
  if (printed === null || typeof printed !== 'object') return null;
  const parts = (Array.isArray(printed) ? printed : [printed]) as readonly Part[];
  switch (act) {
    case 'verify':
      return {
        compared: sum(parts, 'compared'),
        wrong: sum(parts, 'wrong'),
        repaired: sum(parts, 'repairs'),
      };
    case 'rebuild':
      return { copied: sum(parts, 'copied'), verified: sum(parts, 'verified') };
    case 'dlq-retry':
    case 'dlq-discard':
      return {
        healed: parts.filter(({ state }) => state === 'healed').length,
        applied: sum(parts, 'applied'),
      };
    default:
      return null;
  }
}

/** Of numbers, or of how many a list holds. */
function sum(parts: readonly Part[], name: string): number {
  return parts.reduce((all, { [name]: found }) => {
    return all + (typeof found === 'number' ? found : Array.isArray(found) ? found.length : 0);
  }, 0);
}
