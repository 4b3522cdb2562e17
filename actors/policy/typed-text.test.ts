// What is typed into a shell piece by piece is judged as the shell reads it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { commandTyped, isPlainText } from './typed-text.ts';

test('a piece is judged with what stands unfinished before it', () => {
  for (const [pieces, command] of [
    [['git pu', 'sh -f\n'], 'git push -f\n'],
    [['ls\n', 'git pu', 'sh\r'], 'git push\n'],
    [['git push \\\n', '-f\n'], 'git push \\\n-f\n'],
    [['if true; then\n', 'ls\n', 'fi\n'], 'if true; then\nls\nfi\n'],
    [['echo "a\n', 'b"\n', 'ls\n'], 'ls\n'],
    [['git push -f', '\u0003', 'ls\n'], 'ls\n'],
    [['cat <<E\n', 'git push -f\n'], 'cat <<E\ngit push -f\n'],
    [['\n'], '\n'],
  ] as const)
    assert.equal(commandTyped(pieces), command, JSON.stringify(pieces));
});

test('however a line is cut, what is judged at its end is the whole line', () => {
  const cuts = fc.array(fc.nat(30), { maxLength: 6 });
  void fc.assert(
    fc.property(cuts, (places) => {
      const line = 'cd x && git push --force origin';
      const bounds = [0, ...places.filter((at) => at < line.length).toSorted((a, b) => a - b), line.length];
      const pieces = bounds.slice(1).map((end, at) => line.slice(bounds[at], end));
      assert.equal(commandTyped([...pieces, '\n']), `${line}\n`);
    }),
  );
});

test('keys by which a terminal writes another text are no plain text', () => {
  for (const text of ['git pusx\u007fh\n', 'gi\tpu\t', '\u001b[A\n', '!!\n', 'ls; !git\n', '\u0012push\n'])
    assert.equal(isPlainText(text), false, JSON.stringify(text));
  for (const text of ['ls -la\n', 'y\r', '\u0003', 'test ! -e a\n']) assert.equal(isPlainText(text), true, text);
});
