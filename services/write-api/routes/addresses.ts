import type { HttpApp } from '../../shared/http-app.ts';
import { addAddress } from '../commands/add-address.ts';
import { deleteAddress } from '../commands/delete-address.ts';
import { replaceAddress } from '../commands/replace-address.ts';
import type { Perform } from '../http/perform.ts';
import {
  OWN_USER,
  AddressParams,
  CHANGE_FAILURES,
  ChangeHeaders,
  DELETE_FAILURES,
  changed,
  created,
  targetOf,
  UserParams,
} from './command-schema.ts';
import { AddressBody } from './fields.ts';
import { wholeAddressOf } from './whole.ts';

export function addAddressRoutes(app: HttpApp, perform: Perform): void {
  app.post(
    '/users/:id/addresses',
    {
      config: OWN_USER,
      schema: {
        operationId: 'addAddress',
        summary: 'Add an address',
        description: 'Location names the new address; id and version are the user’s.',
        tags: ['addresses'],
        params: UserParams,
        headers: ChangeHeaders,
        body: AddressBody,
        response: created(CHANGE_FAILURES),
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
      config: OWN_USER,
      schema: {
        operationId: 'replaceAddress',
        summary: 'Replace an address',
        tags: ['addresses'],
        params: AddressParams,
        headers: ChangeHeaders,
        body: AddressBody,
        response: changed(CHANGE_FAILURES),
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
      config: OWN_USER,
      schema: {
        operationId: 'deleteAddress',
        summary: 'Delete an address',
        tags: ['addresses'],
        params: AddressParams,
        headers: ChangeHeaders,
        response: changed(DELETE_FAILURES),
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { addressId } = request.params;
      return perform(request, reply, (client) => deleteAddress(client, target, addressId));
    },
  );
}
