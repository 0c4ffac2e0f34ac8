/** A shop: customers order, the shop's people look for orders, and its figures are told as they change. */
export default {
  name: 'orders',
  title: 'Orders',
  defaultProjection: 'order',
  try: ['/orders?sort=-placed&limit=2', '/order_search?status=placed&limit=2', '/dashboard'],
};
