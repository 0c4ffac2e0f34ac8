/** `?at=`: a document as it was at a time, or with a version. */
import { contentToJson, microsToIso } from '../../shared/stored-document.ts';
import { formatLsn } from '../../shared/lsn.ts';
import type { EntryKind } from '../../shared/projection/history-entry.ts';
import { stateAt, stateOfRevision } from '../../shared/projection/past.ts';
import type { NotKnown, PastState } from '../../shared/projection/past.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { Answer, Reply } from '../http/answer.ts';
import { toFound } from '../readers/found.ts';
import { revisionOf } from '../readers/revision-of.ts';
import type { Found } from '../readers/found.ts';
import type { Standing } from '../strategies/standing.ts';
import type { HistoryReader, KeptDocument } from './history-reader.ts';
import { badMoment, readMoment } from './moment.ts';
import type { Moment } from './moment.ts';

export interface PastRequest {
  readonly id: string;
  /** As it stands in the query. */
  readonly at: string;
  readonly consistency: string;
  readonly token: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** `answer`: of the projection whose documents they are. @throws ProblemError 400, 404, 410 */
export type AnswerPast = (request: PastRequest, reply: Reply, answer: Answer) => Promise<Reply>;

/** Resource → what answers `?at=` of its documents. */
export type Pasts = Map<string, AnswerPast>;

export interface PastMeans {
  /** That keeps the history. */
  readonly projection: Projection;
  readonly read: HistoryReader;
  /** What can be said of a lookup that is begun now, without a token. */
  readonly standing: () => Standing | Promise<Standing>;
}

/** Until one of these the document was not what the source had, since nobody knows when. */
const DOUBTFUL: ReadonlySet<EntryKind> = new Set(['found', 'rebuilt', 'repaired']);

export function createPast({ projection, read, standing }: PastMeans): AnswerPast {
  const { revision } = projection.definition;

  function find({ content, history }: KeptDocument, moment: Moment): PastState | NotKnown {
    if (moment.kind === 'time') return stateAt(projection.definition, content, history, moment.at);
    if (revision === undefined) throw badMoment('must be a time: the documents here have no version');
    return stateOfRevision(projection.definition, content, history, moment.version);
  }

  function toPastFound(id: string, { sync }: KeptDocument, { content, entry, next }: PastState): Found {
    return toFound({
      body: contentToJson(projection, id, content),
      revision: revisionOf(content, revision),
      provenance: entry && {
        position: entry.position === null ? '' : `${entry.position.partition}:${entry.position.offset}`,
        lsn: entry.lsn === null ? null : formatLsn(entry.lsn),
        changedAt: microsToIso(entry.at),
        appliedAt: next === null ? sync.appliedAt : null,
      },
      degraded: sync.quarantine !== undefined || (next !== null && DOUBTFUL.has(next.kind)),
    });
  }

  return async ({ id, at, consistency, token, ifNoneMatch }, reply, answer) => {
    if (consistency === 'source' || token !== undefined)
      throw badMoment('goes neither with consistency=source nor with a Consistency-Token');
    const moment = readMoment(at);
    const stands = await standing();
    const kept = await read(id);
    if (kept === null) return answer.document(reply, ifNoneMatch, stands, null);
    const state = find(kept, moment);
    if (typeof state !== 'string')
      return answer.document(reply, ifNoneMatch, stands, toPastFound(id, kept, state));
    const { since } = kept.history;
    switch (state) {
      case 'not-yet':
        return answer.refuse(
          stands,
          404,
          'not-yet',
          'The document was not there yet, or has no such version yet',
        );
      case 'never':
        return answer.refuse(stands, 404, 'no-such-version', 'The document never had this version');
      case 'not-kept':
        return answer.refuse(
          stands,
          410,
          'history-not-kept',
          'The history does not go back so far',
          since === null ? undefined : `it is whole since ${microsToIso(since)}`,
        );
    }
  };
}
