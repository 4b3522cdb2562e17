// Makes what the bus of docker compose's profile `cluster` needs: an nkey for engines, certificates, the nats-servers' configuration, and
// the secret of the store of workspaces. Keys are made once; certificates are renewed when they are about to end.
import { execFileSync } from 'node:child_process';
import { randomBytes, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nkeys } from '@nats-io/transport-node';
import { badConfigExitCode } from '../../schema/exit-codes.ts';
import { natsConfigOf } from './nats-config.ts';

const [folder, serversFolder, storeFolder, cluster, ...hosts] = process.argv.slice(2);
if (
  folder === undefined ||
  serversFolder === undefined ||
  storeFolder === undefined ||
  cluster === undefined ||
  hosts.length === 0
) {
  console.error('Usage: node engine/commands/write-bus-keys.ts FOLDER SERVERS_FOLDER STORE_FOLDER CLUSTER HOST…');
  process.exit(badConfigExitCode);
}
/** How long certificates last, and how long before their end they are made anew. */
const certificateDays = 3_650;
const renewalMs = 365 * 86_400_000;

const of = (name: string) => path.join(folder, name);
const ofServers = (name: string) => path.join(serversFolder, name);

writeCertificates();
const routePassword = keep(ofServers('route-password'), () => randomBytes(24).toString('hex'));
const storeSecret = keep(of('store-secret'), () => randomBytes(24).toString('hex'));
writeWhole(path.join(storeFolder, 'secret'), storeSecret);
mkdirSync(path.join(storeFolder, 'data', 'lucid'), { recursive: true }); // A folder of the server's is a bucket.
const seed = existsSync(of('seed')) ? readFileSync(of('seed')) : nkeys.createUser().getSeed();
const userKey = nkeys.fromSeed(seed).getPublicKey();
writeWhole(ofServers('nats.conf'), natsConfigOf({ cluster, userKey, hosts, routePassword, folder: serversFolder }));
writeWhole(of('seed'), seed); // The last one, since engines wait for it.

/** A server of a cluster is a client of the others, too, so that one certificate serves both ways. */
function writeCertificates(): void {
  if (existsSync(of('ca.pem')) && endOf(ofServers('cert.pem')) > Date.now() + renewalMs) return;
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-days', String(certificateDays)];
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  const [ca, caKey] = [ofServers('ca.pem'), ofServers('ca-key.pem')];
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  openssl('req', '-x509', ...key, '-subj', '/CN=Lucid bus', '-keyout', caKey, '-out', ca);
  openssl(
    ...['req', '-x509', ...key, '-CA', ca, '-CAkey', caKey, '-subj', '/CN=nats', '-addext', `subjectAltName=${names}`],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
    ...['-keyout', ofServers('key.pem'), '-out', ofServers('cert.pem')],
  );
  rmSync(caKey); // Nobody else gets a certificate from it.
  writeWhole(of('ca.pem'), readFileSync(ca));
}

function endOf(certificate: string): number {
  return existsSync(certificate) ? Date.parse(new X509Certificate(readFileSync(certificate)).validTo) : 0;
}

function keep(file: string, make: () => string): string {
  if (!existsSync(file)) writeWhole(file, make());
  return readFileSync(file, 'utf8');
}

/** For its owner alone; whoever reads it has all of it. */
function writeWhole(file: string, content: string | Uint8Array): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
