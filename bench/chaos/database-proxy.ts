// Stands between the engine and PostgreSQL, and breaks what passes: cuts, refusals, silence, lost replies.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

type Passage = { client: Socket; server: Socket };

const insert = Buffer.from('INSERT INTO chat_messages');
/** The end of every answer of PostgreSQL: ReadyForQuery, five bytes long, and one that names the transaction's state. */
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5]);

export class DatabaseProxy {
  readonly #server: Server;
  readonly #passages = new Set<Passage>();
  #target: URL;
  #isRefusing = false;
  #isSilent = false;
  #losesEvery = 0;
  #inserts = 0;
  /** Replies to committed inserts that the engine never got. */
  lost = 0;

  private constructor(databaseUrl: string) {
    this.#target = new URL(databaseUrl);
    this.#server = createServer((client) => this.#connected(client));
  }

  static async open(databaseUrl: string): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(databaseUrl);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  /** The database's URL by way of the proxy; the same also when PostgreSQL has moved. */
  get url(): string {
    const url = new URL(this.#target);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** PostgreSQL stands elsewhere now. */
  moveTo(databaseUrl: string): void {
    this.#target = new URL(databaseUrl);
  }

  /** Ends all connections; until `restore`, new ones end at once. */
  cut(): void {
    this.#isRefusing = true;
    this.#endAll();
  }

  /** Half-open: connections stand, and nothing passes either way until `restore`, which ends them. */
  silence(): void {
    this.#isSilent = true;
  }

  restore(): void {
    if (this.#isSilent) this.#endAll();
    this.#isRefusing = false;
    this.#isSilent = false;
  }

  /** Every n-th insert of events is committed, and its connection ends before the reply; 0 stops it. */
  loseReplies(every: number): void {
    this.#losesEvery = every;
  }

  async close(): Promise<void> {
    this.#endAll();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #connected(client: Socket): void {
    if (this.#isRefusing) return void client.destroy();
    const server = new Socket().connect(Number(this.#target.port || 5432), this.#target.hostname);
    const passage: Passage = { client, server };
    this.#passages.add(passage);
    let isLosing = false;
    client.on('data', (data) => {
      if (this.#isSilent) return;
      if (data.includes(insert) && this.#isDue()) isLosing = true;
      server.write(data);
    });
    server.on('data', (data) => {
      if (this.#isSilent) return;
      if (!isLosing) return void client.write(data);
      if (data.subarray(-6, -1).equals(readyForQuery)) this.#lose(passage);
    });
    for (const socket of [client, server]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined); // `close` follows.
      socket.on('close', () => this.#end(passage));
    }
  }

  #isDue(): boolean {
    return this.#losesEvery > 0 && ++this.#inserts % this.#losesEvery === 0;
  }

  #lose(passage: Passage): void {
    this.lost++;
    this.#end(passage);
  }

  #endAll(): void {
    for (const passage of [...this.#passages]) this.#end(passage);
  }

  #end(passage: Passage): void {
    this.#passages.delete(passage);
    passage.client.destroy();
    passage.server.destroy();
  }
}
