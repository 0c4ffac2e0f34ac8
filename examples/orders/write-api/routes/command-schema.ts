/** What the shop's commands have in common in OpenAPI. */
import { acknowledgement } from '../../../../services/write-api/http/command-schema.ts';
import type { Perform } from '../../../../services/write-api/http/perform.ts';
import type { Made } from '../commands/made.ts';

export type PerformInShop = Perform<Made, object>;

/** Responses of commands on one noun: what makes one, and what changes one. `path`: as those of its kind begin. */
export function responsesOf(noun: string, path: Made['kind'], id: string) {
  const acknowledged = { of: `the ${noun}`, more: {} };
  return {
    created: {
      201: acknowledgement({ ...acknowledged, example: { id, version: 1 }, location: `/${path}/${id}` }),
    },
    changed: { 200: acknowledgement({ ...acknowledged, example: { id, version: 7 } }) },
  };
}
