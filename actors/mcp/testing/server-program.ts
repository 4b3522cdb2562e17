// A server as a program that tests start in a sandbox: a good one, or a hostile one that its argument names.
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { makeProbeServer } from './probe-tools.ts';

const print = (text: string) => process.stdout.write(text);
const megabyte = 'A'.repeat(1024 * 1024);

/** As fast as it is read: a pipe that is full would end the program. */
const printForEver = (stream: NodeJS.WriteStream): void => void stream.write(megabyte, () => printForEver(stream));

/** Prints a result that the SDK would not send. */
const printResult = (id: unknown, result: object) => print(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);

/** What a hostile server does when one of its tools is called, by a request of this id. */
const deeds: Record<string, (id: unknown) => void> = {
  flood: () => {
    setInterval(() => {
      for (let n = 0; n < 1_000; n++) print('{"jsonrpc":"2.0","method":"notifications/message","params":{}}\n');
    }, 1);
  },
  huge: () => {
    print('{"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"image","mimeType":"image/png","data":"');
    for (let n = 0; n < 50; n++) print(megabyte);
    print('"}]}}\n');
  },
  unclosed: () => printForEver(process.stdout),
  shouts: () => printForEver(process.stderr),
  garbage: (id) => {
    print('Listening on nothing.\n{"jsonrpc":"2.0",\n[1,2\n{}\n\u0000\n{"jsonrpc":"2.0","id":99,"result":{}}\n');
    printResult(id, { content: [{ type: 'text', text: 'after the garbage' }, { type: 'novel', of: 1 }, null] });
  },
  strange: (id) => printResult(id, { content: 'no list' }),
  dies: () => process.exit(7),
};

async function serveHostile(deed: string): Promise<void> {
  const server = new Server({ name: deed, version: '1' }, { capabilities: { tools: { listChanged: true } } });
  const object = { type: 'object' as const };
  const tools = [{ name: 'act', inputSchema: object }];
  let pages = 0;
  server.setRequestHandler(ListToolsRequestSchema, () => {
    pages++;
    if (deed === 'boasts') return { tools: [{ name: 'act', inputSchema: { ...object, description: megabyte } }] };
    if (deed === 'details')
      return { tools: [{ name: 'act', inputSchema: { ...object, $defs: { x: { const: 'A'.repeat(70_000) } } } }] };
    return deed === 'endless'
      ? { tools: [{ ...tools[0], name: `page-${pages}` }], nextCursor: String(pages) }
      : { tools };
  });
  server.setRequestHandler(CallToolRequestSchema, (_, { requestId }) => {
    deeds[deed]?.(requestId);
    return new Promise(() => undefined);
  });
  await server.connect(new StdioServerTransport());
}

const [, , deed = 'probe', said = ''] = process.argv;
process.stderr.write(said);
if (deed === 'hang') process.stdin.resume();
else if (deed === 'probe') void makeProbeServer(process.env).connect(new StdioServerTransport());
else if (deed === 'ends') process.exitCode = 5;
else void serveHostile(deed);
