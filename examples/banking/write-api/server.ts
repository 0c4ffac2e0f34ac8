/** The bank's write API as a process. */
import { runWriteApi } from '../../../services/write-api/run-write-api.ts';
import { createBankingApi } from './app.ts';

await runWriteApi(process.env, createBankingApi);
