/** What commands on a user have in common in OpenAPI. */
import { Type } from 'typebox';
import { ownOnly } from '../../shared/auth/access.ts';
import { SCOPES } from '../../shared/auth/principal.ts';
import { acknowledgement } from '../http/command-schema.ts';
import { AddressId, USER_ID, UserId } from './fields.ts';

/** Who may send a command on a user: whose id it is. One that makes a user, whose id nobody has yet, is an administrator's. */
export const OWN_USER = ownOnly(SCOPES.write);

export const UserParams = Type.Object({ id: UserId });
export const AddressParams = Type.Object({ id: UserId, addressId: AddressId });

const acknowledged = { of: 'the user', example: { id: USER_ID, version: 7 }, more: {} };

/** Responses of a command that makes something. */
export const CREATED = { 201: acknowledgement({ ...acknowledged, location: `/users/${USER_ID}` }) };
/** Responses of a command that changes or deletes something. */
export const CHANGED = { 200: acknowledgement(acknowledged) };
/** And of one that erases: where it is noted. */
export const ERASED = {
  200: acknowledgement({
    ...acknowledged,
    example: { ...acknowledged.example, erasure: '01936d60-3c5e-7d21-9b87-2c3d4e5f6071' },
    more: { erasure: Type.Optional(Type.String({ description: 'what it is noted under' })) },
  }),
};
