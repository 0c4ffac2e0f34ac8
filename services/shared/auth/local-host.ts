/**
 * Who listens on loopback is reached by a local name alone. Any site can have its own name answered with 127.0.0.1 (DNS rebinding): its page
 * then has the service for its own origin, and CORS and Sec-Fetch-Site say nothing. The name that it was asked by does.
 */
import type { HttpApp } from '../http-app.ts';
import { ProblemError } from '../problem.ts';
import { withProblems } from '../told-problems.ts';
import { isLoopback } from './auth-config.ts';

/** Before the first route, and before other hooks. Beyond loopback names are the operator's, and a token is needed. */
export function refuseForeignHosts(app: HttpApp): void {
  app.addHook('onRoute', (route) => withProblems(route, [foreignHost()]));
  app.addHook('onRequest', (request, _reply, done) => {
    const listening = app.server.address();
    const isLocal = listening !== null && typeof listening === 'object' && isLoopback(listening.address);
    done(isLocal && !isLocalHost(request.headers.host) ? foreignHost() : undefined);
  });
}

/** With any port: by `kubectl port-forward`, or through a tunnel, it is another one. */
function isLocalHost(host: string | undefined): boolean {
  return isLoopback(
    (host ?? '')
      .replace(/:\d*$/, '')
      .replace(/^\[(.*)]$/, '$1')
      .toLowerCase(),
  );
}

function foreignHost(): ProblemError {
  return new ProblemError(403, 'foreign-host', 'It listens on loopback, and is asked by a local name alone', {
    detail: 'the Host must be 127.0.0.1, localhost or [::1]',
  });
}
