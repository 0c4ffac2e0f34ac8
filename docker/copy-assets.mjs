/** What `tsc` leaves behind: the files that the compiled services read beside themselves. */
import { cpSync } from 'node:fs';

for (const path of ['services/write-api/migrations', 'stack/versions.json', 'package.json']) {
  cpSync(path, `dist/${path}`, { recursive: true });
}
