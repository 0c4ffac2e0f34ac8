/** Acts on a stream's connector, with a line in the audit of each read model that follows it. */
import { ask, reasonOf } from '../services/shared/health/asked.ts';
import { openMongo } from '../services/shared/mongo.ts';
import { beginAct } from './audit.ts';
import type { WholeLine } from './audit.ts';

export interface StreamAudit {
  /** undefined: not known. */
  readonly mongoUrl: string | undefined;
  /** Names of the read models. */
  readonly followers: readonly string[];
  readonly notice: (text: string) => void;
}

const TIMEOUT_MS = 3000;

/** MongoDB may be away while the connector must be helped: then a notice says that there is no line. */
export async function auditedStream<T>(
  { mongoUrl, followers, notice }: StreamAudit,
  { act, by }: WholeLine,
  work: () => Promise<T>,
  tell: (done: T) => string,
): Promise<T> {
  if (mongoUrl === undefined) {
    notice('this is not in the audit: MONGODB_URL is not set');
    return work();
  }
  const mongo = openMongo(mongoUrl, { appName: 'readside', serverSelectionTimeoutMS: TIMEOUT_MS });
  try {
    const begun = await ask(
      () =>
        Promise.all(followers.map((each) => beginAct(mongo.db(), each, { act, of: [], ...(by && { by }) }))),
      TIMEOUT_MS,
    );
    if (!begun.ok) notice(`this is not in the audit: MongoDB: ${begun.why}`);
    const note = (told: string): Promise<unknown> =>
      ask(() => Promise.all((begun.ok ? begun.value : []).map((done) => done({ told }))), TIMEOUT_MS);
    try {
      const result = await work();
      await note(tell(result));
      return result;
    } catch (error) {
      await note(`failed: ${reasonOf(error)}`);
      throw error;
    }
  } finally {
    await mongo.close();
  }
}
