// The SDK's parts that a session's servers need: imported by `import()` alone, since they take time and memory.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  JSONRPCMessageSchema,
  ResultSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

export const sdk = {
  Client,
  StreamableHTTPClientTransport,
  JSONRPCMessageSchema,
  ResultSchema,
  ToolListChangedNotificationSchema,
};

export type Sdk = typeof sdk;
