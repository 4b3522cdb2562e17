// What the driver needs of a database's URL: a plain one of its own, and how the connection is encrypted.
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseTarget } from './database-url.ts';

/** Only a person can mend it: the sentence says what to change. */
export class DatabaseSetupError extends Error {}

/** The driver has a meaning of its own for most parameters; these two it passes on. */
export function driverUrlOf(target: DatabaseTarget): string {
  const { user = '', password = '', host = '', port, database = '', applicationName, options } = target;
  const account =
    password === '' ? encodeURIComponent(user) : `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const place = host.includes(':') ? `[${host}]` : encodeURIComponent(host || 'localhost');
  const query = new URLSearchParams({
    ...(applicationName !== undefined && { application_name: applicationName }),
    ...(options !== undefined && { options }),
  });
  const at = account === '' ? '' : `${account}@`;
  return `postgresql://${at}${place}${port === undefined ? '' : `:${port}`}/${encodeURIComponent(database)}?${query}`;
}

/** @returns undefined for a connection in the clear, also where TLS is only preferred and nobody has found out yet */
export function readTlsOptions({
  tls,
  rootCertificate,
  certificate,
  key,
}: DatabaseTarget): ConnectionOptions | undefined {
  if (tls === 'disable' || tls === 'allow' || tls === 'prefer') return undefined;
  const isVerified = tls === 'verify-ca' || tls === 'verify-full';
  return {
    rejectUnauthorized: isVerified,
    ...(tls === 'verify-ca' && { checkServerIdentity: () => undefined }),
    ...(isVerified &&
      rootCertificate !== undefined &&
      rootCertificate !== 'system' && {
        ca: readNamedFile('sslrootcert', rootCertificate),
      }),
    ...(certificate !== undefined && { cert: readNamedFile('sslcert', certificate) }),
    ...(key !== undefined && { key: readNamedFile('sslkey', key) }),
  };
}

function readNamedFile(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new DatabaseSetupError(`${name} names ${file}, which can't be read (${reason}).`);
  }
}
