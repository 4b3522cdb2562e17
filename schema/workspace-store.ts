// Where snapshots of workspaces are kept, as hosts are told it.

export type S3Config = {
  /** Without a path. */
  endpoint: string;
  bucket: string;
  /** Before all names; empty for none. */
  prefix: string;
  region: string;
  key: string;
  secret: string;
};

export type WorkspaceStoreConfig = {
  place: { kind: 'folder'; folder: string } | ({ kind: 's3' } & S3Config);
  /** Seals what is stored there. */
  sealingKey: Uint8Array;
};
