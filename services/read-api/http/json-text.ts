/** Bodies are JSON text already, which Fastify sends as it is: it compiles no serializer for them. */
export const serializerCompiler = () => (body: unknown) => JSON.stringify(body);
