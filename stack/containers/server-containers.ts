/** How each server runs as a container: the official image, the shared settings, a named volume for its data, fixed ports on loopback. */
import { Wait, type StartedNetwork } from 'testcontainers';
import { mongoDatabase, replicaSet, rootUser } from '../mongo-setup.ts';
import type { StackPorts } from '../ports.ts';
import { postgresDatabase } from '../readiness.ts';
import type { StackSecrets } from '../secrets.ts';
import { connectProperties, kafkaProperties, postgresConf } from '../server-settings.ts';
import { versions } from '../versions.ts';
import { LoopbackContainer } from './loopback-container.ts';

export interface ContainerSetup {
  readonly network: StartedNetwork;
  readonly ports: StackPorts;
  readonly secrets: StackSecrets;
  /** Prefix of the volumes, one for each data folder. */
  readonly volumes: string;
}

/** Readiness is asked in the servers' own protocols, from outside; here it is enough that the container runs. */
const running = () => Wait.forLogMessage(/./);

export function postgresContainer({ network, ports, secrets, volumes }: ContainerSetup): LoopbackContainer {
  return (
    new LoopbackContainer(versions.postgres.image)
      .withNetwork(network)
      .withNetworkAliases('postgres')
      .withExposedPorts({ container: 5432, host: ports.postgres })
      .withEnvironment({
        POSTGRES_PASSWORD: secrets.postgresSuperuser,
        POSTGRES_DB: postgresDatabase,
        POSTGRES_INITDB_ARGS:
          '--auth-host=scram-sha-256 --encoding=UTF8 --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C',
      })
      .withCopyContentToContainer([
        { content: postgresConf({}), target: '/etc/postgresql/readside.conf', mode: 0o644 },
      ])
      // Since 18 the image keeps its data in a folder of its version below this one.
      .withBindMounts([{ source: `${volumes}-postgres`, target: '/var/lib/postgresql' }])
      .withCommand(['postgres', '-c', 'config_file=/etc/postgresql/readside.conf', '-c', 'port=5432'])
      .withWaitStrategy(running())
  );
}

/**
 * The member's address in the set must be right for clients on the machine and for the member itself. So mongod listens, in the container too, on
 * the port that it has outside, and the address is 127.0.0.1 with that port on both sides.
 */
export function mongoContainer({ network, ports, secrets, volumes }: ContainerSetup): LoopbackContainer {
  const start = [
    // The image runs mongod as another user, and mongod wants the key to be that user's alone; copied files are root's.
    'install -o mongodb -g mongodb -m 0400 /etc/readside-member.key /tmp/member.key',
    `exec docker-entrypoint.sh mongod --port ${ports.mongod} --bind_ip_all --replSet ${replicaSet} --keyFile /tmp/member.key --wiredTigerCacheSizeGB 0.5 --quiet`,
  ];
  return new LoopbackContainer(versions.mongo.image)
    .withNetwork(network)
    .withNetworkAliases('mongo')
    .withExposedPorts({ container: ports.mongod, host: ports.mongod })
    .withEnvironment({
      MONGO_INITDB_ROOT_USERNAME: rootUser,
      MONGO_INITDB_ROOT_PASSWORD: secrets.mongoRoot,
      MONGO_INITDB_DATABASE: mongoDatabase,
    })
    .withCopyContentToContainer([
      { content: secrets.mongoKey, target: '/etc/readside-member.key', mode: 0o400 },
    ])
    .withBindMounts([{ source: `${volumes}-mongo`, target: '/data/db' }])
    .withEntrypoint(['bash', '-ec', start.join('\n')])
    .withWaitStrategy(running());
}

export function kafkaContainer({ network, ports, volumes }: ContainerSetup): LoopbackContainer {
  const settings = kafkaProperties({
    'advertised.listeners': `PLAINTEXT://kafka:29092,HOST://127.0.0.1:${ports.kafka}`,
  });
  return (
    new LoopbackContainer(versions.kafka.image)
      .withNetwork(network)
      .withNetworkAliases('kafka')
      .withExposedPorts({ container: 9092, host: ports.kafka })
      .withEnvironment({ KAFKA_HEAP_OPTS: '-Xmx768m' })
      // The image formats the storage once, and reads the settings from here.
      .withCopyContentToContainer([
        { content: settings, target: '/mnt/shared/config/server.properties', mode: 0o644 },
      ])
      .withBindMounts([{ source: `${volumes}-kafka`, target: '/var/lib/kafka/data' }])
      .withWaitStrategy(running())
  );
}

export function connectContainer({ network, ports, secrets }: ContainerSetup): LoopbackContainer {
  return (
    new LoopbackContainer(versions.connect.image)
      .withNetwork(network)
      .withNetworkAliases('connect')
      .withExposedPorts({ container: 8083, host: ports.connect })
      // Not what the image starts by itself: on loopback its REST interface asks for no password.
      .withCommand(['/opt/kafka/bin/connect-distributed.sh', '/etc/kafka/connect/worker.properties'])
      .withEnvironment({
        READSIDE_PG_HOST: 'postgres',
        READSIDE_PG_PORT: '5432',
        READSIDE_PG_DATABASE: postgresDatabase,
        READSIDE_PG_REPLICATOR_USER: 'readside_replicator',
        READSIDE_PG_REPLICATOR_PASSWORD: secrets.replicator,
        READSIDE_PG_SSLMODE: 'prefer',
        READSIDE_PG_SSLROOTCERT: '',
      })
      .withCopyContentToContainer([
        { content: connectProperties({}), target: '/etc/kafka/connect/worker.properties', mode: 0o644 },
      ])
      .withWaitStrategy(running())
  );
}
