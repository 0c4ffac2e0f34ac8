/** The history that a projection keeps, in the read API's application. */
import type { Collection } from 'mongodb';
import type { HttpApp } from '../../shared/http-app.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { Answer } from '../http/answer.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';
import type { ChooseStrategy } from '../strategies/choose-strategy.ts';
import { createHistoryReader } from './history-reader.ts';
import { addHistoryRoutes } from './history-routes.ts';
import { createPast } from './past.ts';
import type { AnswerPast } from './past.ts';

export interface ServedHistory {
  /** That keeps it. */
  readonly projection: Projection;
  readonly collection: Collection<StoredDocument>;
  readonly read: MajorityRead;
  readonly choose: ChooseStrategy;
  readonly answer: Answer;
  /** Whether the documents that it is the history of are served beside. */
  readonly hasPresent: boolean;
}

/** Adds the routes. Returns what answers `?at=` of the documents that it is the history of. */
export function serveHistory(app: HttpApp, { collection, ...served }: ServedHistory): AnswerPast {
  const { projection, choose } = served;
  const read = createHistoryReader(collection, served.read);
  const eventual = { consistency: 'eventual', token: undefined, prefer: undefined } as const;
  // Nothing is waited for, so that nobody asks for the signal.
  const standing = () => choose({ ...eventual, signal: () => AbortSignal.abort() });
  const past = createPast({ projection, read, standing });
  addHistoryRoutes(app, { ...served, read, past });
  return past;
}
