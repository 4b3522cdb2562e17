// The variables of a pool of Docker daemons for sandboxes, and how they become one.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { DaemonConfig, DaemonTls } from '../../schema/thread.ts';
import { type FileRead, readBy, refuseFile, refuseUnreadable } from './file-reading.ts';

/** Every engine asks each of them for its room, and keeps a network and a firewall there. */
const daemonsMax = 64;
/** Where Docker listens with TLS. */
const tlsPort = '2376';

const daemon = /^(unix:\/\/\/[\w./-]{1,100}|tcp:\/\/([a-z\d.-]{1,200}|\[[a-f\d:]+\])(:\d{1,5})?)$/;

export const sandboxHostVariables = {
  SANDBOX_HOSTS: {
    accepts: 'at most 64 Docker daemons such as tcp://d1.example.com:2376 or unix:///run/d2.sock, separated by commas',
    schema: v.pipe(
      v.string(),
      v.transform((list) => list.split(',').map((item) => item.trim())),
      v.array(v.pipe(v.string(), v.regex(daemon))),
      v.maxLength(daemonsMax),
      v.check((names) => new Set(names).size === names.length),
    ),
  },
  SANDBOX_HOSTS_CA: { accepts: 'the path of a certificate in PEM', schema: readBy(readPem('CERTIFICATE')) },
  SANDBOX_HOSTS_CERT: { accepts: 'the path of a certificate in PEM', schema: readBy(readPem('CERTIFICATE')) },
  SANDBOX_HOSTS_KEY: { accepts: 'the path of a private key in PEM', schema: readBy(readPem('PRIVATE KEY')) },
} as const;

function readPem(kind: string) {
  return (path: string): FileRead<string> => {
    try {
      const text = readFileSync(path, 'utf8');
      return new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)
        ? { ok: true, value: text }
        : refuseFile(`in which no ${kind.toLowerCase()} begins`);
    } catch (error) {
      return refuseUnreadable(error);
    }
  };
}

type HostsConfig = {
  SANDBOX: string;
  SANDBOX_HOSTS: readonly string[] | undefined;
  SANDBOX_HOSTS_CA: string | undefined;
  SANDBOX_HOSTS_CERT: string | undefined;
  SANDBOX_HOSTS_KEY: string | undefined;
};

/** What the pool lacks, in a sentence; undefined where it lacks nothing, or there is none. */
export function findSandboxHostsProblem(config: HostsConfig): string | undefined {
  const { SANDBOX, SANDBOX_HOSTS } = config;
  if (SANDBOX_HOSTS === undefined) return undefined;
  if (SANDBOX !== 'docker' && SANDBOX !== 'auto')
    return `SANDBOX_HOSTS names Docker daemons, but SANDBOX is "${SANDBOX}"; with it SANDBOX accepts "docker" or "auto".`;
  const open = tlsOf(config) === undefined ? SANDBOX_HOSTS.find(leavesMachine) : undefined;
  if (open === undefined) return undefined;
  return (
    `SANDBOX_HOSTS names ${open}, which leaves this machine: with it SANDBOX_HOSTS_CA, SANDBOX_HOSTS_CERT and ` +
    'SANDBOX_HOSTS_KEY accept the paths of the certificates for TLS.'
  );
}

/** The daemons of the pool; undefined without one. */
export function daemonsOf(config: HostsConfig): DaemonConfig[] | undefined {
  const tls = tlsOf(config);
  return config.SANDBOX_HOSTS?.map((name) => ({ name, at: addressOf(name, tls) }));
}

function addressOf(name: string, tls: DaemonTls | undefined): DaemonConfig['at'] {
  if (name.startsWith('unix://')) return { socketPath: name.slice('unix://'.length) };
  const { hostname, port } = new URL(name);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || tlsPort), tls };
}

function tlsOf({ SANDBOX_HOSTS_CA: ca, SANDBOX_HOSTS_CERT: cert, SANDBOX_HOSTS_KEY: key }: HostsConfig) {
  return ca !== undefined && cert !== undefined && key !== undefined ? { ca, cert, key } : undefined;
}

const leavesMachine = (name: string): boolean =>
  name.startsWith('tcp:') && !/^tcp:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:|$)/.test(name);
