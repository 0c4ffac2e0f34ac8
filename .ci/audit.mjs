/** Fails on a known flaw, high or worse, in what a production install consists of. Skips, and says so, where the registry knows of none. */
import { spawnSync } from 'node:child_process';

const args = ['audit', '--omit=dev', '--audit-level=high', '--json'];
const { stdout, error } = spawnSync('npm', args, { encoding: 'utf8', timeout: 120_000 });
if (error) throw error;
const report = JSON.parse(stdout);
const found = Object.values(report.vulnerabilities ?? {}).filter(({ severity }) =>
  ['high', 'critical'].includes(severity),
);
if (report.auditReportVersion === undefined) {
  // Its words name the registry.
  const [status = 'no answer'] = /\b[45]\d\d [A-Z][\w ]*/.exec(report.message ?? '') ?? [];
  process.stderr.write(`SKIPPED: the dependencies were not audited, the registry answers ${status}\n`);
}
for (const { name, severity, range } of found) process.stderr.write(`${severity}: ${name} ${range}\n`);
process.exitCode = found.length === 0 ? 0 : 1;
