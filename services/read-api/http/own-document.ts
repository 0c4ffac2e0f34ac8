/** Of the routes of one document: whose id it has may read it. */
import type { Access } from '../../shared/auth/access.ts';
import { SCOPES } from '../../shared/auth/principal.ts';

const access: Access = { scope: SCOPES.read, own: 'id' };
export const OWN_DOCUMENT = { access };
