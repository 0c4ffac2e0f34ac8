/** What the engine and the kernel say of a running container. */
import { docker } from './engine.ts';
import { run } from './run.ts';

export interface Facts {
  /** Of every process in it, as this machine counts them. */
  readonly users: readonly number[];
  readonly canWriteItsFiles: boolean;
  /** Of its first process: what it can do, and what it could ever. */
  readonly effective: string;
  readonly bounding: string;
  readonly noNewPrivileges: boolean;
  readonly memory: number;
  readonly processes: number;
}

export async function factsOf(id: string): Promise<Facts> {
  const [table, writing, status, limits] = await Promise.all([
    docker('top', id, '-eo', 'uid,pid'),
    run('docker', ['exec', id, 'sh', '-c', 'echo x >/written']),
    docker('exec', id, 'cat', '/proc/1/status'),
    docker('inspect', '--format', '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}', id),
  ]);
  const field = (name: string): string => new RegExp(`^${name}:\\s+(\\S+)$`, 'm').exec(status)?.[1] ?? '';
  const [memory = '', processes = ''] = limits.split(' ');
  return {
    users: table
      .split('\n')
      .slice(1)
      .map((line) => Number.parseInt(line, 10)),
    canWriteItsFiles: writing.code === 0,
    effective: field('CapEff'),
    bounding: field('CapBnd'),
    noNewPrivileges: field('NoNewPrivs') === '1',
    memory: Number(memory),
    processes: Number(processes),
  };
}
