/** The server acts for whoever asks it: so only its own page may, and no other that the same browser has open. */
import type { HttpApp } from '../../../services/shared/http-app.ts';

export function refuseOtherSites(app: HttpApp): void {
  app.addHook('onRequest', (request, reply, done) => {
    const from = request.headers['sec-fetch-site'];
    // Programs send none, nor does a browser to a name that it does not trust, which was refused before; a person who follows a link to the page comes from elsewhere.
    const isOwn = from === undefined || from === 'same-origin' || from === 'none';
    if (isOwn || (request.method === 'GET' && request.url === '/')) return done();
    void reply.code(403).send({ status: 403, title: 'Only the page itself may ask this' });
  });
}
