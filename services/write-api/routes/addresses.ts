import type { HttpApp } from '../../shared/http-app.ts';
import { addAddress } from '../commands/add-address.ts';
import { deleteAddress } from '../commands/delete-address.ts';
import { replaceAddress } from '../commands/replace-address.ts';
import { ChangeHeaders } from '../http/command-schema.ts';
import type { PerformOnUser } from '../http/perform-on-user.ts';
import { targetOf } from '../http/root-target.ts';
import { OWN_USER, AddressParams, CHANGED, CREATED, UserParams } from './command-schema.ts';
import { AddressBody } from './fields.ts';
import { OF_CHANGES, refusals } from './refusals.ts';
import { wholeAddressOf } from './whole.ts';

const OF_ADDRESSES = ['second-primary-address', 'unstorable-value'] as const;

export function addAddressRoutes(app: HttpApp, perform: PerformOnUser): void {
  app.post(
    '/users/:id/addresses',
    {
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES, ...OF_ADDRESSES, 'limit-exceeded') },
      schema: {
        operationId: 'addAddress',
        summary: 'Add an address',
        description: 'Location names the new address; id and version are the user’s.',
        tags: ['addresses'],
        params: UserParams,
        headers: ChangeHeaders,
        body: AddressBody,
        response: CREATED,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const address = wholeAddressOf(request.body);
      return perform(request, reply, (client) => addAddress(client, target, address), 201);
    },
  );

  app.put(
    '/users/:id/addresses/:addressId',
    {
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES, ...OF_ADDRESSES, 'no-such-address') },
      schema: {
        operationId: 'replaceAddress',
        summary: 'Replace an address',
        tags: ['addresses'],
        params: AddressParams,
        headers: ChangeHeaders,
        body: AddressBody,
        response: CHANGED,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const address = { ...wholeAddressOf(request.body), id: request.params.addressId.toLowerCase() };
      return perform(request, reply, (client) => replaceAddress(client, target, address));
    },
  );

  app.delete(
    '/users/:id/addresses/:addressId',
    {
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES, 'no-such-address') },
      schema: {
        operationId: 'deleteAddress',
        summary: 'Delete an address',
        tags: ['addresses'],
        params: AddressParams,
        headers: ChangeHeaders,
        response: CHANGED,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { addressId } = request.params;
      return perform(request, reply, (client) => deleteAddress(client, target, addressId));
    },
  );
}
