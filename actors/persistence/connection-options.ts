// What the driver needs of a database's URL: a plain one of its own, and how the connection is encrypted.
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseTarget } from './database-url.ts';

/** The operator must change something; the message says what. */
export class DatabaseSetupError extends Error {}

/** A URL with only the parameters that the driver passes on to PostgreSQL as they are. */
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

/** @returns undefined for an unencrypted connection, also while it isn't known whether a preferred TLS can be had */
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
