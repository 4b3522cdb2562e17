// Makes the prebuilt uWebSockets.js addon leave the values of headers whole. Does nothing the second time, and nothing to a
// file that holds other code than it knows.
//
// The addon takes white space off both ends of a value by comparing bytes with 33, as signed numbers: every byte from 0x80
// on counts as negative, and goes too. `X-User-ID: josé` arrives as `jos`, another user, and nothing tells that it was
// longer; `Transfer-Encoding: ÿchunkedÿ` arrives as `chunked`. Two conditional jumps on x86-64 are all there is to it, one
// for each end: "greater or equal" and "greater" become their unsigned forms, so that what is below 33 goes and all else
// stays. On ARM Linux a byte is unsigned, and there is nothing to mend. The engine tries at its start whether values arrive
// whole, so a file that wasn't mended, or needn't be, doesn't go unnoticed.
//
// Reference: the same mistake in Bun's copy of this parser, oven-sh/bun pull request 27269.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The code that takes bytes off the end and then off the beginning, with what stands between. */
const signed = bytes(
  '41 80 7c 03 01 21', // cmp byte [r11+rax+1], 33
  '7d 0c', // jge: the end is reached
  '48 89 42 10 48 83 c0 ff 72 ee eb 1c 49 83 c3 02',
  '41 80 7b ff 20', // cmp byte [r11-1], 32
  '7f 11', // jg: the beginning is reached
);
const unsigned = bytes(
  '41 80 7c 03 01 21',
  '73 0c', // jae
  '48 89 42 10 48 83 c0 ff 72 ee eb 1c 49 83 c3 02',
  '41 80 7b ff 20',
  '77 11', // ja
);

/** @returns {boolean} whether the file was changed */
export function mend(file) {
  const code = readFileSync(file);
  const at = code.indexOf(signed);
  if (at < 0 || code.indexOf(signed, at + 1) >= 0) return false; // Another build: nothing is guessed.
  unsigned.copy(code, at);
  writeFileSync(`${file}.mended`, code);
  renameSync(`${file}.mended`, file);
  return true;
}

/**
 * @param {string} directory one of node_modules/@uwsjs
 * @returns {boolean} whether anything was changed
 */
export function mendInstalled(directory) {
  const binaries = readdirSync(directory).filter((name) => name.endsWith('.node'));
  return binaries.map((name) => mend(join(directory, name))).includes(true);
}

function bytes(...hex) {
  return Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const major = Number.parseInt(process.versions.node, 10);
  const isMended = mendInstalled(`node_modules/@uwsjs/${process.platform}-${process.arch}-${major}`);
  console.log(isMended ? 'mended the uWebSockets.js binary: header values arrive whole' : 'nothing to mend');
}
