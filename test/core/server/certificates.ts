import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** False where openssl is not installed: then nothing can be tested with certificates. */
export const hasOpenssl = spawnSync('openssl', ['version']).error === undefined;

function openssl(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** An authority of its own: `NAME.pem` and `NAME.key` in the folder. */
export function authority(dir: string, name: string): void {
  const files = ['-keyout', join(dir, `${name}.key`), '-out', join(dir, `${name}.pem`)];
  openssl('req', '-x509', ...newKey, ...files, '-subj', `/CN=${name}`, '-days', '3650');
}

/** A certificate for `commonName` that the authority signed, as `NAME.pem` and `NAME.key`. */
export function certificate(dir: string, name: string, commonName: string, by: string): void {
  const at = (file: string) => join(dir, file);
  openssl(
    'req',
    ...newKey,
    '-keyout',
    at(`${name}.key`),
    '-out',
    at(`${name}.csr`),
    '-subj',
    `/CN=${commonName}`,
  );
  const signer = ['-CA', at(`${by}.pem`), '-CAkey', at(`${by}.key`), '-CAcreateserial'];
  openssl('x509', '-req', '-in', at(`${name}.csr`), ...signer, '-out', at(`${name}.pem`), '-days', '3650');
}
