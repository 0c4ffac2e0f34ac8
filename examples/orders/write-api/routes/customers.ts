import { Type } from 'typebox';
import { ADMIN_ONLY, ownOnly } from '../../../../services/shared/auth/access.ts';
import { SCOPES } from '../../../../services/shared/auth/principal.ts';
import type { HttpApp } from '../../../../services/shared/http-app.ts';
import { ChangeHeaders, CreateHeaders } from '../../../../services/write-api/http/command-schema.ts';
import { targetOf } from '../../../../services/write-api/http/root-target.ts';
import { registerCustomer, renameCustomer } from '../commands/customers.ts';
import { responsesOf } from './command-schema.ts';
import type { PerformInShop } from './command-schema.ts';
import { CUSTOMER_ID, CustomerId, NewCustomerBody, RenameBody } from './fields.ts';
import { refusals } from './refusals.ts';

const RESPONSES = responsesOf('customer', 'customers', CUSTOMER_ID);

export function addCustomerRoutes(app: HttpApp, perform: PerformInShop): void {
  app.post(
    '/customers',
    {
      config: { ...ADMIN_ONLY, problems: refusals('email-taken', 'unstorable-value') },
      schema: {
        operationId: 'registerCustomer',
        summary: 'Register a customer',
        tags: ['customers'],
        headers: CreateHeaders,
        body: NewCustomerBody,
        response: RESPONSES.created,
      },
    },
    async (request, reply) =>
      perform(request, reply, (client) => registerCustomer(client, request.body), 201),
  );

  app.patch(
    '/customers/:id',
    {
      config: {
        ...ownOnly(SCOPES.write),
        problems: refusals('no-such-customer', 'version-mismatch', 'unstorable-value'),
      },
      schema: {
        operationId: 'renameCustomer',
        summary: 'Rename a customer',
        tags: ['customers'],
        params: Type.Object({ id: CustomerId }),
        headers: ChangeHeaders,
        body: RenameBody,
        response: RESPONSES.changed,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      return perform(request, reply, (client) => renameCustomer(client, target, request.body.name));
    },
  );
}
