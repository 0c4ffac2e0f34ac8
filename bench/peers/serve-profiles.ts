/**
 * What the read API is compared with, each a Fastify application as one would write it: `hello` answers a constant, `find-one` looks a
 * document up in MongoDB, `sql-join` puts it together from the three tables in one prepared statement. Nothing but the answer: no
 * freshness, no entity tag, no metrics.
 * Arguments: mode, the database's URL. Prints `{ "url" }`.
 */
import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { MongoClient } from 'mongodb';
import { Pool } from 'pg';

interface Params {
  readonly Params: { readonly id: string };
}

const JSON_TYPE = 'application/json; charset=utf-8';
const POOL_SIZE = 10;

const JOIN = `
  select json_build_object(
    'id', u.id, 'email', u.email, 'fullName', u.full_name, 'displayName', u.display_name, 'phone', u.phone, 'avatarUrl', u.avatar_url,
    'bio', u.bio, 'locale', u.locale, 'status', u.status, 'version', u.version, 'createdAt', u.created_at, 'updatedAt', u.updated_at,
    'addresses', coalesce((
      select json_agg(json_build_object(
        'id', a.id, 'label', a.label, 'line1', a.line1, 'line2', a.line2, 'city', a.city, 'region', a.region, 'postalCode', a.postal_code,
        'country', a.country, 'isPrimary', a.is_primary, 'createdAt', a.created_at, 'updatedAt', a.updated_at
      ) order by a.created_at, a.id) from addresses a where a.user_id = u.id), '[]'),
    'preferences', coalesce((select json_object_agg(p.key, p.value) from preferences p where p.user_id = u.id), '{}')
  )::text as document
  from users u where u.id = $1`;

const [mode = '', url = ''] = process.argv.slice(2);
const app = Fastify();
const release = addRoute(app);
process.once('SIGTERM', () => {
  void app.close().then(release);
});
process.stdout.write(`${JSON.stringify({ url: await app.listen({ host: '127.0.0.1', port: 0 }) })}\n`);

function addRoute(server: FastifyInstance): () => Promise<void> {
  switch (mode) {
    case 'hello':
      server.get('/*', () => ({ hello: 'world' }));
      return () => Promise.resolve();
    case 'find-one': {
      const mongo = new MongoClient(url, { maxPoolSize: POOL_SIZE });
      const documents = mongo.db().collection<{ readonly _id: string }>('profiles');
      server.get<Params>('/profiles/:id', async ({ params: { id } }, reply) => {
        const found = await documents.findOne({ _id: id }, { projection: { _sync: 0, _keys: 0 } });
        return found ?? reply.code(404).send({ error: 'not found' });
      });
      return () => mongo.close();
    }
    case 'sql-join': {
      const pool = new Pool({ connectionString: url, max: POOL_SIZE });
      server.get<Params>('/profiles/:id', async ({ params: { id } }, reply) => {
        const { rows } = await pool.query<{ document: string }>({ name: 'join', text: JOIN, values: [id] });
        return rows[0]
          ? reply.type(JSON_TYPE).send(rows[0].document)
          : reply.code(404).send({ error: 'not found' });
      });
      return () => pool.end();
    }
    default:
      throw new Error(`no such peer: ${mode}`);
  }
}
