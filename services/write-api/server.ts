/** The write API as a process. */
import { createWriteApi } from './app.ts';
import { runWriteApi } from './run-write-api.ts';

await runWriteApi(process.env, createWriteApi);
