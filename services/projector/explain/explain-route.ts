/** `GET /admin/explain/{id}`: what `readside explain` tells, without any value of the document. */
import { Type } from 'typebox';
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { ProblemError } from '../../shared/problem.ts';
import { explain } from './explain.ts';
import type { ExplainOptions } from './explain.ts';

const Params = Type.Object({ id: Type.String({ minLength: 1, maxLength: 512 }) });

export function addExplainRoute(app: HttpApp, options: ExplainOptions): void {
  const schema = {
    summary: 'Where each value of a document came from, and whether it is what the source says',
    description:
      'Reads what Kafka still has of the document’s partition. Tells paths, tables, rows and positions, and no values.',
    params: Params,
  };
  app.get('/admin/explain/:id', { schema, config: ADMIN_ONLY }, async ({ params }) => {
    const { source, document: _document, rows: _rows, ...explained } = await explain(options, params.id);
    if (explained.phase === null && explained.passedOver.length === 0 && source.state === 'equal')
      throw new ProblemError(404, 'not-found', 'Neither the source nor the projection knows this id');
    const paths = 'fields' in source ? { paths: source.fields.map(({ path }) => path) } : {};
    return { ...explained, source: { state: source.state, ...paths } };
  });
}
