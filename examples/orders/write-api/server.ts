/** The shop's write API as a process. */
import { runWriteApi } from '../../../services/write-api/run-write-api.ts';
import { createOrdersApi } from './app.ts';

await runWriteApi(process.env, createOrdersApi);
