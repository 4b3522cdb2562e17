// The end of a command is found in any output, however it is cut into chunks; against a stand-in for bash.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { OpenShell, type ShellPipe } from './open-shell.ts';

/** Stands in for bash: it prints a text for each command, and then the end, cut into chunks of the given sizes. */
class ScriptedBash implements ShellPipe {
  print: Buffer = Buffer.from('4711\n');
  end = '0 /workspace';
  sizes: readonly number[] = [1_000];
  readonly ended = new Promise<never>(() => undefined);
  #receive: (chunk: Buffer) => void = () => undefined;

  write(text: string): void {
    const marker = /'\\036%s %s %s' ([0-9a-f]+) /.exec(text)?.[1];
    const all = Buffer.concat([this.print, Buffer.from(`\x1e${marker} ${this.end}\0and noise of the background`)]);
    let at = 0;
    for (let n = 0; at < all.length; n++) {
      const size = this.sizes[n % this.sizes.length] ?? 1;
      this.#receive(all.subarray(at, at + size));
      at += size;
    }
  }

  onOutput(receive: (chunk: Buffer) => void): void {
    this.#receive = receive;
  }

  destroy(): void {}
}

const never = new AbortController().signal;

async function openShell() {
  const bash = new ScriptedBash();
  const shell = await OpenShell.open(bash, async () => undefined);
  assert.ok(shell);
  return { bash, shell };
}

/** Bytes of which many look like a marker's beginning. */
const bytes = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.constant(Uint8Array.of(0x1e)),
      fc.constant(Uint8Array.of(0x1e, 0x30)),
    ),
  )
  .map((parts) => Buffer.concat(parts));
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });

test('all that was printed before the end is received, and nothing else', async () => {
  const { bash, shell } = await openShell();
  await fc.assert(
    fc.asyncProperty(bytes, sizes, fc.nat({ max: 255 }), async (printed, cutInto, exitCode) => {
      Object.assign(bash, { print: printed, sizes: cutInto, end: `${exitCode} /workspace/a b` });
      const received: Buffer[] = [];
      const { end, output } = await shell.run('command', {
        timeoutMs: 1_000,
        signal: never,
        onOutput: (chunk) => received.push(Buffer.from(chunk)),
      });
      assert.deepEqual(end, { kind: 'exited', exitCode });
      assert.deepEqual(Buffer.concat(received), printed);
      assert.equal(output.bytes, printed.length);
      assert.equal(shell.workingFolder, '/workspace/a b');
    }),
  );
});

test('an end that can not be read ends the command with exit code 0', async () => {
  const { bash, shell } = await openShell();
  for (const end of ['', 'x', '"$?" "$PWD"', `0 ${'/a'.repeat(20_000)}`]) {
    Object.assign(bash, { end });
    const run = await shell.run('command', { timeoutMs: 1_000, signal: never });
    assert.deepEqual(run.end, { kind: 'exited', exitCode: 0 });
    assert.equal(shell.isUsable, true);
  }
});
