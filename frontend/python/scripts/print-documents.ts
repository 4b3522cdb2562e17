// Prints the documents that the models of the Python client are made from: REST, the WebSocket, and the catalogue of errors.
import { errors } from '../../../schema/error.ts';
import { buildAsyncApiDocument } from '../../../schema/protocol/asyncapi.ts';
import { buildOpenApiDocument } from '../../../schema/protocol/openapi.ts';

/** The models don't depend on it. */
const anyVersion = '0.0.0';

process.stdout.write(
  JSON.stringify({ openapi: buildOpenApiDocument(anyVersion), asyncapi: buildAsyncApiDocument(anyVersion), errors }),
);
