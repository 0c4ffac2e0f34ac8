import { ask } from '../../services/shared/health/asked.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import { fetchWithin } from '../fetch-within.ts';
import { bearer } from '../local/development-token.ts';
import type { ServiceUrls } from '../status/service-urls.ts';
import type { Readiness, ServiceFacts, TokenFacts } from './judge-services.ts';

export async function askApis(
  { writeApi, readApi }: ServiceUrls,
  timeoutMs: number,
): Promise<readonly ServiceFacts[]> {
  const apis = [
    { name: 'the write API', variable: 'WRITE_API_URL', address: writeApi },
    { name: 'the read API', variable: 'READ_API_URL', address: readApi },
  ];
  return askEach(
    apis.flatMap(({ address, ...rest }) => (address === null ? [] : [{ ...rest, address }])),
    timeoutMs,
  );
}

/** `expected`: names of the read models whose projectors are to run. */
export async function askProjectors(
  { projectors }: ServiceUrls,
  expected: readonly string[],
  timeoutMs: number,
): Promise<readonly ServiceFacts[]> {
  const each = [...projectors].filter(([name]) => expected.includes(name));
  return askEach(
    each.flatMap(([name, addresses]) =>
      addresses.map((address) => ({ name: `the projector of ${name}`, variable: 'PROJECTOR_URLS', address })),
    ),
    timeoutMs,
  );
}

function askEach(
  services: ReadonlyArray<Omit<ServiceFacts, 'readiness'>>,
  timeoutMs: number,
): Promise<readonly ServiceFacts[]> {
  return Promise.all(
    services.map(async (each) => ({
      ...each,
      readiness: await ask(() => readinessOf(each.address, timeoutMs), timeoutMs),
    })),
  );
}

async function readinessOf(address: string, timeoutMs: number): Promise<Readiness> {
  const response = await fetchWithin(`${address}/readyz`, timeoutMs);
  const { checks = {} } = (await response.json()) as { readonly checks?: Readonly<Record<string, string>> };
  const failing = Object.entries(checks).filter(([, told]) => told !== 'ok');
  return { ready: response.ok, failing: failing.map(([name, told]) => `${name}: ${told}`) };
}

/** Of a document that there cannot be; what matters is whether we are let in. */
export async function askToken(
  readApi: string | null,
  resource: string,
  token: string | null,
  timeoutMs: number,
): Promise<Asked<TokenFacts> | null> {
  if (readApi === null) return null;
  return ask(async () => {
    const { status } = await fetchWithin(`${readApi}/${resource}/doctor`, timeoutMs, bearer(token));
    return { status, hasToken: token !== null };
  }, timeoutMs);
}
