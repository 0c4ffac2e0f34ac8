import { Type } from 'typebox';
import type { HttpApp } from '../../shared/http-app.ts';
import { deletePreference } from '../commands/delete-preference.ts';
import { mergePreferences } from '../commands/merge-preferences.ts';
import { setPreference } from '../commands/set-preference.ts';
import { ChangeHeaders } from '../http/command-schema.ts';
import type { PerformOnUser } from '../http/perform-on-user.ts';
import { targetOf } from '../http/root-target.ts';
import { OWN_USER, CHANGED, UserParams } from './command-schema.ts';
import { preferencesOf } from './whole.ts';
import { JsonValue, PreferenceKey, PreferencesPatch, UserId } from './fields.ts';
import { OF_CHANGES, refusals } from './refusals.ts';

const PreferenceParams = Type.Object({ id: UserId, key: PreferenceKey });
const PreferenceBody = Type.Object(
  { value: JsonValue },
  { additionalProperties: false, examples: [{ value: 'dark' }] },
);

const OF_VALUES = ['limit-exceeded', 'unstorable-value'] as const;

export function addPreferenceRoutes(app: HttpApp, perform: PerformOnUser): void {
  app.patch(
    '/users/:id/preferences',
    {
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES, ...OF_VALUES) },
      schema: {
        operationId: 'mergePreferences',
        summary: 'Change some preferences by a merge patch',
        tags: ['preferences'],
        consumes: ['application/json', 'application/merge-patch+json'],
        params: UserParams,
        headers: ChangeHeaders,
        body: PreferencesPatch,
        response: CHANGED,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const patch = preferencesOf(request.body, '');
      return perform(request, reply, (client) => mergePreferences(client, target, patch));
    },
  );

  app.put(
    '/users/:id/preferences/:key',
    {
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES, ...OF_VALUES) },
      schema: {
        operationId: 'setPreference',
        summary: 'Set one preference to a value, null included',
        tags: ['preferences'],
        params: PreferenceParams,
        headers: ChangeHeaders,
        body: PreferenceBody,
        response: CHANGED,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { key } = request.params;
      return perform(request, reply, (client) => setPreference(client, target, key, request.body.value));
    },
  );

  app.delete(
    '/users/:id/preferences/:key',
    {
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES, 'no-such-preference') },
      schema: {
        operationId: 'deletePreference',
        summary: 'Delete one preference',
        tags: ['preferences'],
        params: PreferenceParams,
        headers: ChangeHeaders,
        response: CHANGED,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { key } = request.params;
      return perform(request, reply, (client) => deletePreference(client, target, key));
    },
  );
}
