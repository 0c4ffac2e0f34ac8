/** The pinned versions, from the one file that compose, testcontainers and the embedded servers share. */
import { readFileSync } from 'node:fs';

export interface Versions {
  readonly postgres: { readonly version: string; readonly image: string };
  readonly mongo: {
    readonly image: string;
    readonly embedded: {
      readonly version: string;
      readonly pythonPackage: string;
      readonly pythonVersion: string;
      readonly sha256: string;
      readonly bytes: number;
    };
  };
  readonly kafka: { readonly version: string; readonly image: string };
  readonly connect: { readonly image: string };
  readonly debezium: { readonly version: string; readonly sha256: string };
  readonly slf4j: { readonly version: string };
  /** What docker/Dockerfile and docker/connect/Dockerfile build with. */
  readonly node: { readonly image: string };
  readonly maven: { readonly image: string };
  /** Compose's profiles. */
  readonly prometheus: { readonly image: string };
  readonly grafana: { readonly image: string };
  readonly kafkaUi: { readonly image: string };
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own file
export const versions = JSON.parse(
  readFileSync(new URL('./versions.json', import.meta.url), 'utf8'),
) as Versions;
