/** A certificate authority for one test, and what it signs: by openssl, gone with the folder. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool, which } from '../../../stack/embedded/tools.ts';

export interface ServerCertificate {
  readonly certFile: string;
  /** PKCS 8, without a password. */
  readonly keyFile: string;
  /** Both of them in one PEM file, as MongoDB and Kafka want it. */
  readonly bundleFile: string;
  /** The same as PKCS 12, with `KEYSTORE_PASSWORD`. */
  readonly keystoreFile: string;
}

export interface Authority {
  readonly caFile: string;
  /** For a server of this name: `DNS:localhost`, say. */
  sign(name: string, subjectAltName: string): Promise<ServerCertificate>;
}

export const KEYSTORE_PASSWORD = 'keystore';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = ['-days', '2'];

export async function createAuthority(folder: string, name: string): Promise<Authority> {
  const caFile = join(folder, `${name}.pem`);
  const caKey = join(folder, `${name}.key`);
  await openssl(
    ['req', '-x509', ...KEY, ...DAYS, '-subj', `/CN=${name}`, '-keyout', caKey, '-out', caFile],
    ['-addext', 'keyUsage=critical,keyCertSign'],
  );
  return {
    caFile,
    async sign(server, subjectAltName) {
      const path = (extension: string): string => join(folder, `${server}.${extension}`);
      const [certFile, keyFile, bundleFile, keystoreFile] = ['crt', 'key', 'pem', 'p12'].map(path) as [
        string,
        string,
        string,
        string,
      ];
      await openssl(
        ['req', '-x509', '-CA', caFile, '-CAkey', caKey, ...KEY, ...DAYS, '-subj', `/CN=${server}`],
        ['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', `subjectAltName=${subjectAltName}`],
        ['-keyout', keyFile, '-out', certFile],
      );
      writeFileSync(bundleFile, readFileSync(keyFile, 'utf8') + readFileSync(certFile, 'utf8'), {
        mode: 0o600,
      });
      await openssl(
        ['pkcs12', '-export', '-in', certFile, '-inkey', keyFile, '-certfile', caFile],
        ['-passout', `pass:${KEYSTORE_PASSWORD}`, '-out', keystoreFile],
      );
      return { certFile, keyFile, bundleFile, keystoreFile };
    },
  };
}

async function openssl(...args: readonly (readonly string[])[]): Promise<void> {
  if (which('openssl', process.env) === undefined)
    throw new Error('openssl is not on PATH, which makes the certificates: apt-get install openssl');
  const { code, output } = await runTool('openssl', args.flat(), { env: process.env });
  if (code !== 0) throw new Error(`openssl ${args.flat()[0]} failed: ${output}`);
}
