// The variables that say where workspaces are kept outside of their sandboxes.
import { hkdfSync } from 'node:crypto';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { WorkspaceStoreConfig } from '../../schema/workspace-store.ts';
import { matching, text } from './value-schemas.ts';

type Place = { kind: 'folder'; folder: string } | { kind: 's3'; endpoint: string; bucket: string; prefix: string };

const bucketPath = /^\/([a-z\d][a-z\d.-]{1,61}[a-z\d])((?:\/[\w.-]{1,100}){0,5})\/?$/;

/** @returns undefined for what is neither a folder nor a bucket on a server */
function parsePlace(given: string): Place | undefined {
  const url = URL.parse(given);
  if (!url || [url.username, url.password, url.search, url.hash].some((part) => part !== '')) return undefined;
  if (url.protocol === 'file:')
    return url.host === '' && url.pathname.length > 1
      ? { kind: 'folder', folder: path.resolve(fileURLToPath(url)) }
      : undefined;
  const [, bucket, prefix = ''] = bucketPath.exec(url.pathname) ?? [];
  if (!['http:', 'https:'].includes(url.protocol) || bucket === undefined) return undefined;
  return { kind: 's3', endpoint: url.origin, bucket, prefix: prefix.slice(1) };
}

export const workspaceStoreVariables = {
  WORKSPACE_STORE: {
    accepts:
      'the URL of a bucket such as https://s3.example.com/bucket or http://10.0.0.5:7070/bucket/prefix, or of a folder such as file:///mnt/shared',
    schema: v.pipe(
      v.string(),
      v.check((given) => parsePlace(given) !== undefined),
      v.transform((given) => parsePlace(given) as Place),
    ),
  },
  WORKSPACE_STORE_KEY: { accepts: 'the id of an access key of the S3 server', schema: text },
  WORKSPACE_STORE_SECRET: { accepts: 'text', isSecret: true, schema: text },
  WORKSPACE_STORE_REGION: {
    accepts: 'the name of a region',
    fallback: 'us-east-1',
    schema: matching(/^[\w-]{1,60}$/),
  },
} as const;

type StoreConfig = {
  WORKSPACE_STORE: Place | undefined;
  WORKSPACE_STORE_KEY: string | undefined;
  WORKSPACE_STORE_SECRET: string | undefined;
  WORKSPACE_STORE_REGION: string;
  ENCRYPTION_KEY: string | undefined;
};

/** What the store lacks, in a sentence; undefined where it lacks nothing, or there is none. */
export function findStoreProblem(config: StoreConfig): string | undefined {
  const { WORKSPACE_STORE, WORKSPACE_STORE_KEY, WORKSPACE_STORE_SECRET, ENCRYPTION_KEY } = config;
  if (WORKSPACE_STORE === undefined) return undefined;
  if (ENCRYPTION_KEY === undefined)
    return 'ENCRYPTION_KEY is not set, but with WORKSPACE_STORE it accepts the secret by which workspaces are sealed there.';
  if (WORKSPACE_STORE.kind === 's3' && (WORKSPACE_STORE_KEY === undefined || WORKSPACE_STORE_SECRET === undefined))
    return 'WORKSPACE_STORE_KEY or WORKSPACE_STORE_SECRET is not set, but with WORKSPACE_STORE on a server they accept an access key and its secret.';
  return undefined;
}

/** What hosts are told. */
export function workspaceStoreOf(config: StoreConfig): WorkspaceStoreConfig | undefined {
  const { WORKSPACE_STORE: place, WORKSPACE_STORE_KEY: key = '', WORKSPACE_STORE_SECRET: secret = '' } = config;
  if (!place || config.ENCRYPTION_KEY === undefined) return undefined;
  const sealingKey = new Uint8Array(hkdfSync('sha256', config.ENCRYPTION_KEY, '', 'lucid workspace snapshots', 32));
  if (place.kind === 'folder') return { place, sealingKey };
  return { place: { ...place, region: config.WORKSPACE_STORE_REGION, key, secret }, sealingKey };
}
