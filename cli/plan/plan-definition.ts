/** The definition in the code beside the one that the documents were built by: what is different, and what makes the documents so. */
import type { Db } from 'mongodb';
import { builtBy } from '../../services/shared/definition-record.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { compareShapes, shapeOf } from '../../services/shared/projection/shape.ts';
import type { ShapeChange } from '../../services/shared/projection/shape.ts';
import { countDocuments } from '../count-documents.ts';

export interface DefinitionPlan {
  readonly projection: string;
  /** Version that the documents were built by; null: none were. */
  readonly built: number | null;
  /** In the code. */
  readonly version: number;
  readonly changes: readonly ShapeChange[];
  /** Live documents that would be made anew. */
  readonly documents: number;
  /**
   * nothing: it is the same · start: only questions are different, or nothing was built yet: projectors make their indexes when they start ·
   * rebuild: documents are to be different · refused: `why` says so.
   */
  readonly needs: 'nothing' | 'start' | 'rebuild' | 'refused';
  readonly why: string | null;
}

export async function planDefinition(db: Db, projection: Projection): Promise<DefinitionPlan> {
  const { name, version, definition } = projection;
  const built = await builtBy(db, name);
  const changes = built === null ? [] : compareShapes(built.shape, shapeOf(definition));
  const touched = changes.some(({ affects }) => affects === 'documents');
  const documents = touched ? (await countDocuments(db, projection)).live : 0;
  const plan = { projection: name, built: built?.version ?? null, version, changes, documents };
  const refuse = (why: string): DefinitionPlan => ({ ...plan, needs: 'refused', why });
  if (built === null) return { ...plan, needs: 'start', why: null };
  if (built.version > version)
    return refuse(
      `the documents were built by version ${built.version}; raise the version above it to go back`,
    );
  if (touched && built.version === version)
    return refuse(
      `the documents would be different under the same version: raise it to ${version + 1}, so that projectors of the old definition leave them alone`,
    );
  if (touched) return { ...plan, needs: 'rebuild', why: null };
  return { ...plan, needs: changes.length > 0 || built.version < version ? 'start' : 'nothing', why: null };
}
