/** Runs the example against the APIs at WRITE_API_URL and READ_API_URL, with the token in TOKEN where they need one. */
import { connect } from './connect.ts';
import { signUp } from './sign-up.ts';

const { WRITE_API_URL, READ_API_URL, TOKEN } = process.env;
connect({
  writeApiUrl: WRITE_API_URL ?? 'http://127.0.0.1:3001',
  readApiUrl: READ_API_URL ?? 'http://127.0.0.1:3002',
  token: TOKEN ?? null,
});
await signUp(`grace.${Date.now()}@example.com`, (line) => void process.stdout.write(`${line}\n`));
