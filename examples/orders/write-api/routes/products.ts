import { Type } from 'typebox';
import { ADMIN_ONLY } from '../../../../services/shared/auth/access.ts';
import type { HttpApp } from '../../../../services/shared/http-app.ts';
import { ChangeHeaders, CreateHeaders } from '../../../../services/write-api/http/command-schema.ts';
import { targetOf } from '../../../../services/write-api/http/root-target.ts';
import { addProduct, restockProduct, updateProduct } from '../commands/products.ts';
import { responsesOf } from './command-schema.ts';
import type { PerformInShop } from './command-schema.ts';
import { NewProductBody, PRODUCT_ID, ProductChanges, ProductId, RestockBody } from './fields.ts';
import { refusals } from './refusals.ts';

const RESPONSES = responsesOf('product', 'products', PRODUCT_ID);
const ProductParams = Type.Object({ id: ProductId });

export function addProductRoutes(app: HttpApp, perform: PerformInShop): void {
  app.post(
    '/products',
    {
      config: { ...ADMIN_ONLY, problems: refusals('unstorable-value') },
      schema: {
        operationId: 'addProduct',
        summary: 'Add a product',
        tags: ['products'],
        headers: CreateHeaders,
        body: NewProductBody,
        response: RESPONSES.created,
      },
    },
    async (request, reply) => perform(request, reply, (client) => addProduct(client, request.body), 201),
  );

  app.patch(
    '/products/:id',
    {
      config: {
        ...ADMIN_ONLY,
        problems: refusals('no-such-product', 'version-mismatch', 'unstorable-value'),
      },
      schema: {
        operationId: 'updateProduct',
        summary: 'Rename a product, or change its price',
        description: 'Orders that were placed keep the price that they were placed at.',
        tags: ['products'],
        params: ProductParams,
        headers: ChangeHeaders,
        body: ProductChanges,
        response: RESPONSES.changed,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      return perform(request, reply, (client) => updateProduct(client, target, request.body));
    },
  );

  app.post(
    '/products/:id/restock',
    {
      config: { ...ADMIN_ONLY, problems: refusals('no-such-product', 'version-mismatch', 'limit-exceeded') },
      schema: {
        operationId: 'restockProduct',
        summary: 'Add to the stock of a product',
        tags: ['products'],
        params: ProductParams,
        headers: ChangeHeaders,
        body: RestockBody,
        response: RESPONSES.changed,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { quantity } = request.body;
      return perform(request, reply, (client) => restockProduct(client, target, quantity));
    },
  );
}
