/** How many streams of events are open in this process, of all projections, and whose. Each holds a connection. */
import { SCOPES } from '../../shared/auth/principal.ts';
import type { Principal } from '../../shared/auth/principal.ts';
import { ProblemError } from '../../shared/problem.ts';

export interface OpenStreams {
  /** @throws ProblemError 429 or 503 when there are too many. Returns what makes its place free; `end` is called when the service stops. */
  enter(principal: Principal | null, end: () => void): () => void;
  /** Ends all; none is opened from then on. */
  stop(): void;
}

export interface StreamBounds {
  readonly maxStreams: number;
  /** Of a subject who is no administrator: an administrator's are those of many. */
  readonly maxStreamsPerSubject: number;
}

export function createOpenStreams(
  { maxStreams, maxStreamsPerSubject }: StreamBounds,
  onRefused: () => void,
): OpenStreams {
  const ends = new Set<() => void>();
  const bySubject = new Map<string, number>();
  let isStopped = false;

  function refuse(problem: ProblemError): never {
    onRefused();
    throw problem;
  }

  return {
    enter(principal, end) {
      if (isStopped) throw stopping();
      if (ends.size >= maxStreams) refuse(tooManyStreams());
      const subject = principal === null || principal.scopes.has(SCOPES.admin) ? null : principal.subject;
      if (subject !== null) {
        const open = bySubject.get(subject) ?? 0;
        if (open >= maxStreamsPerSubject) refuse(tooManyOfSubject());
        bySubject.set(subject, open + 1);
      }
      ends.add(end);
      return () => {
        if (!ends.delete(end) || subject === null) return;
        const left = (bySubject.get(subject) ?? 1) - 1;
        if (left > 0) bySubject.set(subject, left);
        else bySubject.delete(subject);
      };
    },
    stop() {
      isStopped = true;
      for (const end of ends) end();
    },
  };
}

const LATER = { 'retry-after': '5', 'cache-control': 'no-store' };

export function stopping(): ProblemError {
  return new ProblemError(503, 'stopping', 'The service is stopping', {
    headers: { ...LATER, 'retry-after': '1' },
  });
}

export function tooManyStreams(): ProblemError {
  return new ProblemError(503, 'too-many-streams', 'The service has as many streams of events as it can', {
    headers: LATER,
  });
}

export function tooManyOfSubject(): ProblemError {
  return new ProblemError(
    429,
    'too-many-streams-of-subject',
    'More streams of events than this subject may have',
    {
      headers: LATER,
    },
  );
}
