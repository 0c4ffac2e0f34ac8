/** A container whose ports are bound on loopback only, and which the engine starts again when it dies: testcontainers offers neither. */
import { GenericContainer } from 'testcontainers';

interface PortBinding {
  HostIp?: string;
  HostPort?: string;
}

export class LoopbackContainer extends GenericContainer {
  protected override beforeContainerCreated(): Promise<void> {
    const bindings: Record<string, PortBinding[]> = this.hostConfig.PortBindings ?? {};
    this.hostConfig.PortBindings = Object.fromEntries(
      Object.entries(bindings).map(([port, hosts]) => [
        port,
        hosts.map((host) => ({ ...host, HostIp: '127.0.0.1' })),
      ]),
    );
    this.hostConfig.RestartPolicy = { Name: 'always' };
    return Promise.resolve();
  }
}
