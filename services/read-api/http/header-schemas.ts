/** The headers that all reads take and give, as OpenAPI tells them. */
import { CACHE_CONTROL, VARY } from './answer.ts';

export const REQUEST_HEADERS = {
  'consistency-token': {
    type: 'string',
    description:
      'From a command’s answer: the read shows nothing older than that command, of the token’s document; also where the ' +
      'read itself is a lookup or a list. Alone it waits for nothing: see Prefer.',
    examples: ['WzEsIjAxOTM2ZDVlLTdjMWEtN2EzMC05ZjU1LTBhMWIyYzNkNGU1ZiIsNywwXQ'],
  },
  prefer: {
    type: 'string',
    description:
      '`wait=N`: with a Consistency-Token, wait up to N whole seconds (the service has a limit) for it to be reached. After ' +
      'that the answer is what is there, and its Freshness says `stale=?1`.',
    examples: ['wait=5'],
  },
  'if-none-match': {
    type: 'string',
    description: 'ETags of answers held already; 304 when one is still right',
    examples: ['"7-bfb43d7e773372dd"'],
  },
};

export const RESPONSE_HEADERS = {
  ETag: {
    type: 'string',
    description:
      'strong: "<version>-<hash>", or "<hash>" for a list; another one when the answer becomes degraded',
    examples: ['"7-bfb43d7e773372dd"'],
  },
  Freshness: {
    type: 'string',
    description:
      'A dictionary (RFC 9651); what is not known is left out. `strategy`: eventual, wait or source. `stale`: only where ' +
      'something was asked for: ?1 when the Consistency-Token was not reached in time, else ?0; never ?1 from the source. ' +
      '`degraded`: ?1 when changes of the document, or of one in the list, are in quarantine: it is the last good state and ' +
      'stays so until they are dealt with; else left out. `version`: of the document. `position`: partition and offset of the last change in it; `lsn` and `changed-at`: that ' +
      'change’s place in the write-ahead log and its commit time; `applied-at`: when it was put in. `as-of`: every commit ' +
      'before this time is in the documents.',
    examples: [
      'strategy=wait, stale=?0, version=7, position="3:1042", lsn="0/16B3748", changed-at="2026-11-23T18:00:00.123456Z", ' +
        'applied-at="2026-11-23T18:00:00.140Z", as-of="2026-11-23T18:00:00.900Z"',
    ],
  },
  'Preference-Applied': {
    type: 'string',
    description: 'wait=N, when a wait was preferred and could be granted',
    examples: ['wait=5'],
  },
  'Cache-Control': {
    type: 'string',
    description: 'to be asked for again before each use',
    examples: [CACHE_CONTROL],
  },
  Vary: { type: 'string', description: 'what the answer depends on', examples: [VARY] },
  Link: {
    type: 'string',
    description: 'rel="next": the next page of a list, while there is one',
    examples: ['</things?limit=20&cursor=WzIsIlExN0Rv>; rel="next"'],
  },
};
