// Keeps snapshots in a bucket of any S3 server.
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  NoSuchKey,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3Config } from '../../../schema/workspace-store.ts';
import { NoSuchObject, type ObjectStore } from './object-store.ts';

/** S3 takes no smaller parts of what it doesn't know the size of, and the client holds one at a time. */
const partBytes = 8 * 1024 * 1024;
/** A server that doesn't answer is given up, so that no turn's end waits for it. */
const connectTimeoutMs = 3_000;
const requestTimeoutMs = 30_000;
/** An answer that has begun may stand still while the sandbox takes a piece, which has 20 s. */
const silenceTimeoutMs = 60_000;
const attemptsMax = 2;
/** S3 removes no more at once. */
const removedAtOnceMax = 1_000;

export class S3Store implements ObjectStore {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor({ endpoint, bucket, prefix, region, key, secret }: S3Config, socketTimeout = silenceTimeoutMs) {
    this.#client = new S3Client({
      endpoint,
      region,
      credentials: { accessKeyId: key, secretAccessKey: secret },
      forcePathStyle: true,
      responseChecksumValidation: 'WHEN_REQUIRED', // What is sealed shows a change by itself, as damage and not as trouble.
      maxAttempts: attemptsMax,
      requestHandler: {
        connectionTimeout: connectTimeoutMs,
        requestTimeout: requestTimeoutMs,
        throwOnRequestTimeout: true,
        socketTimeout,
      },
    });
    this.#bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  async put(name: string, content: AsyncIterable<Uint8Array>): Promise<void> {
    const upload = new Upload({
      client: this.#client,
      params: { Bucket: this.#bucket, Key: this.#prefix + name, Body: Readable.from(content), IfNoneMatch: '*' },
      partSize: partBytes,
      queueSize: 1,
    });
    await upload.done();
  }

  async get(name: string): Promise<Readable> {
    try {
      const command = new GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + name });
      const { Body } = await this.#client.send(command);
      return Body as Readable; // In Node it is one.
    } catch (error) {
      throw error instanceof NoSuchKey ? new NoSuchObject(name) : error;
    }
  }

  async list(folder: string): Promise<string[]> {
    const names: string[] = [];
    const Prefix = `${this.#prefix}${folder}/`;
    let ContinuationToken: string | undefined;
    do {
      const command = new ListObjectsV2Command({ Bucket: this.#bucket, Prefix, ContinuationToken });
      const { Contents = [], NextContinuationToken } = await this.#client.send(command);
      for (const { Key } of Contents) if (Key !== undefined) names.push(Key.slice(Prefix.length));
      ContinuationToken = NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return names;
  }

  async remove(names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length; at += removedAtOnceMax) {
      const Objects = names.slice(at, at + removedAtOnceMax).map((name) => ({ Key: this.#prefix + name }));
      const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } });
      const { Errors = [] } = await this.#client.send(command);
      if (Errors.length > 0) throw new Error(`${Errors.length} objects could not be removed: ${Errors[0]?.Message}`);
    }
  }

  async removeAll(folder: string): Promise<void> {
    const names = await this.list(folder);
    await this.remove(names.map((name) => `${folder}/${name}`));
    const Prefix = `${this.#prefix}${folder}/`;
    const { Uploads = [] } = await this.#client.send(new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix }));
    for (const { Key, UploadId } of Uploads)
      await this.#client.send(new AbortMultipartUploadCommand({ Bucket: this.#bucket, Key, UploadId }));
  }

  close(): void {
    this.#client.destroy();
  }
}
