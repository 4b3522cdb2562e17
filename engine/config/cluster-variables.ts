// The variables by which engines find each other, and what they need of the others.
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { type Labels, labelNamePattern, labelsMax, labelValuePattern } from '../../schema/labels.ts';
import { type FileRead, readBy, refuseFile, refuseUnreadable } from './file-reading.ts';
import { matching } from './value-schemas.ts';

const url = /^(tls|nats):\/\/[\w.-]+:\d{1,5}$/;

const clusterNameDefault = 'lucid';

export const clusterVariables = {
  CLUSTER_URL: {
    accepts:
      'URLs of nats-servers such as tls://n1.example.com:4222, separated by commas, or nothing for a single engine',
    schema: v.pipe(
      v.string(),
      v.transform((list) => list.split(',').map((item) => item.trim())),
      v.array(v.pipe(v.string(), v.regex(url))),
      v.check((urls) => new Set(urls.map((one) => URL.parse(one)?.protocol)).size === 1),
    ),
  },
  CLUSTER_NAME: {
    accepts: 'at most 40 small letters, digits and "-"',
    fallback: clusterNameDefault,
    schema: matching(/^[a-z\d-]{1,40}$/),
  },
  CLUSTER_CREDENTIALS: {
    accepts: 'the seed of an nkey of a user, which begins with SU',
    isSecret: true,
    schema: matching(/^SU[A-Z\d]{56}$/),
  },
  NODE_LABELS: {
    accepts:
      `at most ${labelsMax} labels such as region=eu,gpu=true, each name once; names and values have up to 63 letters, digits, ` +
      '"_", "." and "-", and a letter or digit at both ends',
    fallback: '',
    schema: v.pipe(
      v.string(),
      v.transform(readLabels),
      v.check((labels) => labels !== undefined),
      v.transform((labels = {}) => labels),
    ),
  },
  CLUSTER_CA: { accepts: 'the path of a certificate in PEM', schema: readBy(readCertificate) },
} as const;

/** @returns undefined where a label is none, has the name of another, or there are too many */
function readLabels(list: string): Labels | undefined {
  if (list.trim() === '') return {};
  const labels = list.split(',').map((item) => item.trim().split('='));
  const isLabel = ([name = '', value = '', ...more]: string[]) =>
    labelNamePattern.test(name) && labelValuePattern.test(value) && more.length === 0;
  const names = new Set(labels.map(([name]) => name));
  if (labels.length > labelsMax || names.size < labels.length || !labels.every(isLabel)) return undefined;
  return Object.fromEntries(labels);
}

function readCertificate(path: string): FileRead<string> {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return { ok: true, value: text };
    return refuseFile('in which no certificate begins');
  } catch (error) {
    return refuseUnreadable(error);
  }
}

/** The name of the cluster, also of an engine alone that has one; undefined where it is known by its storage. */
export const ownNameOf = ({ CLUSTER_URL, CLUSTER_NAME }: { CLUSTER_URL: unknown; CLUSTER_NAME: string }) =>
  CLUSTER_URL === undefined && CLUSTER_NAME === clusterNameDefault ? undefined : CLUSTER_NAME;

type ClusterConfig = {
  CLUSTER_URL: readonly string[] | undefined;
  DATABASE_URL: string | undefined;
  ENCRYPTION_KEY: string | undefined;
  NODE_ENV: string;
};

/** What a cluster lacks, in a sentence; undefined where it lacks nothing, or there is none. */
export function findClusterProblem(config: ClusterConfig): string | undefined {
  const { CLUSTER_URL, DATABASE_URL, ENCRYPTION_KEY, NODE_ENV } = config;
  if (CLUSTER_URL === undefined) return undefined;
  if (DATABASE_URL === undefined)
    return 'DATABASE_URL is not set: with CLUSTER_URL it has to name the PostgreSQL that all engines share.';
  if (ENCRYPTION_KEY === undefined)
    return 'ENCRYPTION_KEY is not set: with CLUSTER_URL all engines seal keys and tokens with it, so it has to be the same at all of them.';
  if (NODE_ENV === 'production' && CLUSTER_URL.some((one) => !one.startsWith('tls://')))
    return 'CLUSTER_URL names a server without tls://, but in production it accepts URLs that begin with tls://.';
  return undefined;
}
