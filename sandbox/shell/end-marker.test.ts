// The end of a command is found in whatever was printed, however it was cut into pieces; against a pretended bash.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { OpenShell, type ShellPipe } from './open-shell.ts';

/** Prints what it is told to for each command, and then the end, cut into pieces of the given sizes. */
class PretendedBash implements ShellPipe {
  print: Buffer = Buffer.from('4711\n');
  end = '0 /workspace';
  sizes: readonly number[] = [1_000];
  readonly ended = new Promise<never>(() => undefined);
  #hear: (chunk: Buffer) => void = () => undefined;

  write(text: string): void {
    const marker = /'\\036%s %s %s' ([0-9a-f]+) /.exec(text)?.[1];
    const all = Buffer.concat([this.print, Buffer.from(`\x1e${marker} ${this.end}\0and noise of the background`)]);
    let at = 0;
    for (let n = 0; at < all.length; n++) {
      const size = this.sizes[n % this.sizes.length] ?? 1;
      this.#hear(all.subarray(at, at + size));
      at += size;
    }
  }

  onOutput(hear: (chunk: Buffer) => void): void {
    this.#hear = hear;
  }

  destroy(): void {}
}

const never = new AbortController().signal;

async function opened() {
  const bash = new PretendedBash();
  const shell = await OpenShell.open(bash, async () => undefined);
  assert.ok(shell);
  return { bash, shell };
}

/** Much that looks like a marker's beginning. */
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

test('all that was printed before the end is heard, and nothing else', async () => {
  const { bash, shell } = await opened();
  await fc.assert(
    fc.asyncProperty(bytes, sizes, fc.nat({ max: 255 }), async (printed, cutInto, exitCode) => {
      Object.assign(bash, { print: printed, sizes: cutInto, end: `${exitCode} /workspace/a b` });
      const heard: Buffer[] = [];
      const { end, output } = await shell.run('command', {
        timeoutMs: 1_000,
        signal: never,
        onOutput: (chunk) => heard.push(Buffer.from(chunk)),
      });
      assert.deepEqual(end, { kind: 'exited', exitCode });
      assert.deepEqual(Buffer.concat(heard), printed);
      assert.equal(output.bytes, printed.length);
      assert.equal(shell.workingFolder, '/workspace/a b');
    }),
  );
});

test('an end that makes no sense is an end all the same', async () => {
  const { bash, shell } = await opened();
  for (const end of ['', 'x', '"$?" "$PWD"', `0 ${'/a'.repeat(20_000)}`]) {
    Object.assign(bash, { end });
    const run = await shell.run('command', { timeoutMs: 1_000, signal: never });
    assert.deepEqual(run.end, { kind: 'exited', exitCode: 0 });
    assert.equal(shell.isUsable, true);
  }
});
