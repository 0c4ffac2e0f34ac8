/** A `StatusReport` on one screen: the verdict on each read model first. Pure. */
import pc from 'picocolors';
import { bytesText } from '../../services/shared/health/causes.ts';
import { wordsOf } from '../../services/shared/health/verdict.ts';
import type {
  ConnectorReport,
  LagReport,
  ProjectionReport,
  RebuildReport,
  ServerReport,
  SlotReport,
  StatusReport,
  StreamReport,
  Told,
  VerifiedReport,
} from '../../services/shared/status-report.ts';
import { STAGE_TEXTS, unitOf } from '../rebuild/stage-texts.ts';
import { trendText } from './trend.ts';

export function screenOf({ servers, streams, projections }: StatusReport): string {
  const lines = [
    ...projections.flatMap(verdictLines),
    '',
    ...servers.map(serverRow),
    ...streams.flatMap((each) => ['', ...streamRows(each, streams.length > 1)]),
    ...projections.flatMap((each) => ['', ...projectionRows(each)]),
  ];
  return `${lines.join('\n')}\n`;
}

const row = (name: string, text: string): string => `  ${name.padEnd(12)} ${text}`;

function shown<T extends object | null>(value: Told<T>, text: (value: T) => string): string {
  if (value !== null && 'error' in value) return pc.red(value.error);
  return text(value);
}

function verdictLines({ projection, state, text, causes, warnings }: ProjectionReport): readonly string[] {
  const mark = state === 'up-to-date' ? pc.green('●') : state === 'lagging' ? pc.yellow('●') : pc.red('●');
  const more = [...causes.slice(1), ...warnings];
  return [
    `${mark} ${pc.bold(projection)}: ${text}`,
    ...more.map((cause) => `  ${pc.yellow('also')} ${wordsOf(cause)}`),
  ];
}

function serverRow({ name, pid, up, error, requests }: ServerReport): string {
  const rates =
    requests === undefined
      ? ''
      : `  ${requests.perSecond.toFixed(0)} requests/s${quantiles(requests)}${requests.failedPerSecond > 0 ? pc.red(`, ${requests.failedPerSecond.toFixed(1)} fail`) : ''}`;
  const state = up ? pc.green('up') : pc.red(error ?? 'down');
  const missing = up && error !== undefined ? `  ${pc.red(error)}` : '';
  return row(name, `${state}${pidText(pid)}${rates}${missing}`);
}

function pidText(pid: number | null): string {
  return pid === null ? '' : pc.dim(`  pid ${pid}`);
}

function quantiles({
  p50Ms,
  p99Ms,
}: {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}): string {
  const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
  return p50Ms === null || p99Ms === null ? '' : `, p50 ${milliseconds(p50Ms)}, p99 ${milliseconds(p99Ms)}`;
}

function streamRows(
  { stream, connector, slot, topic, ...rates }: StreamReport,
  named: boolean,
): readonly string[] {
  const { writtenPerSecond, walBytesPerSecond } = rates;
  const come = writtenPerSecond === undefined ? '' : `, ${writtenPerSecond.toFixed(0)} come a second`;
  const wal =
    walBytesPerSecond === undefined ? '' : `, ${bytesText(Math.round(walBytesPerSecond))}/s are written`;
  return [
    ...(named ? [`  ${pc.bold(`stream ${stream}`)}`] : []),
    row('connector', connectorText(connector)),
    row('slot', slot === null ? pc.red('absent, or not known') : `${slotText(slot)}${wal}`),
    row(
      'topic',
      topic === null
        ? pc.red('absent, or not known')
        : `${topic.name}, ${topic.partitions} partitions, ${topic.events} events${come}`,
    ),
  ];
}

function connectorText(connector: ConnectorReport | null): string {
  if (connector === null) return pc.red('not known');
  const { state, tasks, failure } = connector;
  if (state === 'absent') return pc.red('not registered');
  if (state === 'starting') return pc.red('not known: Connect is starting');
  const each = tasks.map((task) => `task ${task.id} ${task.state}`).join(', ');
  return `${state} (${each === '' ? 'no task' : each})${failure === null ? '' : `  ${pc.red(failure)}`}`;
}

function slotText({ walStatus, active, retainedBytes }: SlotReport): string {
  return `${walStatus}, ${active ? 'active' : pc.red('inactive')}, keeps ${bytesText(retainedBytes)} of WAL`;
}

function projectionRows(report: ProjectionReport): readonly string[] {
  const { projection, state, projectors, pid, stopped, lag, trend, staleness, documents, verified } = report;
  const { rebuild, kept } = report;
  const inGroup =
    projectors === null
      ? pc.red('not known')
      : `${projectors} ${projectors === 1 ? 'projector' : 'projectors'}`;
  const rates = [
    ...(trend ? [trendText(trend, state !== 'up-to-date')] : []),
    ...(staleness ? [stalenessText(staleness)] : []),
  ];
  return [
    row(projection, `${stopped ? pc.yellow('stopped') : inGroup}${pidText(pid)}${versionText(report)}`),
    row('lag', shown(lag, lagText)),
    ...(rates.length > 0 ? [row('rate', rates.join('; '))] : []),
    row(
      'documents',
      shown(
        documents,
        ({ live, pending, tombstones }) => `${live} live, ${pending} pending, ${tombstones} tombstones`,
      ),
    ),
    row('verified', shown(verified, verifiedText)),
    ...(rebuild ? [row('rebuild', rebuildText(rebuild, projection))] : []),
    ...(kept
      ? [row('kept', `what the last rebuild replaced, until ${kept.until}: readside rollback ${projection}`)]
      : []),
  ];
}

function stalenessText(staleness: NonNullable<ProjectionReport['staleness']>): string {
  return staleness.saved === 0 ? 'nothing was saved' : `${staleness.saved} saves${quantiles(staleness)}`;
}

function versionText({ version, built }: ProjectionReport): string {
  return built === null || built === version ? '' : pc.yellow(`, version ${version}, documents of ${built}`);
}

function lagText({ events, bytes, seconds, asOf, partitions }: LagReport): string {
  const behindBy = `${events} events, ${bytes === null ? '?' : bytesText(bytes)}, ${seconds === null ? '?' : seconds.toFixed(1)} s`;
  const sum = `${behindBy}, fresh as of ${asOf ?? '?'}`;
  const behind = partitions.filter((each) => each.lag > 0 || !each.assigned);
  const each = behind.map(
    ({ partition, lag, assigned }) => `${partition}: ${lag}${assigned ? '' : pc.red(' nobody')}`,
  );
  return each.length === 0 ? sum : `${sum}  ${pc.dim('by partition')} ${each.join(', ')}`;
}

function rebuildText({ running, stage, done, total }: RebuildReport, projection: string): string {
  const counted =
    stage === null || (total === null && done === 0)
      ? ''
      : `, ${done}${total === null ? '' : ` of ${total}`} ${unitOf(stage)}`;
  const what = `${stage === null ? 'begun' : STAGE_TEXTS[stage]}${counted}`;
  return running ? what : pc.yellow(`stopped while ${what}: readside rebuild ${projection} goes on`);
}

function verifiedText(record: VerifiedReport | null): string {
  if (record === null) return 'never: readside verify';
  const { at, scope, compared, missing, extra, different, degraded, undecided, counts: wrong = 0 } = record;
  const kinds = { missing, extra, different, degraded, undecided, 'wrong counts': wrong };
  const counts = Object.entries(kinds).filter(([, count]) => count > 0);
  const found =
    counts.length === 0 ? 'all equal' : pc.red(counts.map(([what, count]) => `${count} ${what}`).join(', '));
  return `${at}, ${compared} documents (${scope}), ${found}`;
}
