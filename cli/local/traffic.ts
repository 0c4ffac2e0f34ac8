/** Live traffic of a local run: a process of the application that makes commands and reads until it is stopped. */
import type { Supervised } from '../../stack/supervisor.ts';
import { localUrl } from './pages.ts';
import { startService } from './services.ts';
import type { ServicesOptions } from './services.ts';

const NAME = 'traffic';
const PORT = 3020;

export function trafficPorts(rate: number): Readonly<Record<string, number>> {
  return rate === 0 ? {} : { [NAME]: PORT };
}

/** `rate`: commands a second; `token`: null where everybody is let in. null: there is to be none, or the application has none. */
export function startTraffic(
  options: ServicesOptions,
  rate: number,
  token: string | null,
): Supervised | null {
  const { application, ports } = options;
  if (rate === 0 || application.traffic === null) return null;
  return startService(options, {
    name: NAME,
    program: application.traffic,
    env: {
      WRITE_API_URL: localUrl(ports, 'writeApi'),
      READ_API_URL: localUrl(ports, 'readApi'),
      RATE: String(rate),
      ...(token !== null && { TOKEN: token }),
    },
  });
}
