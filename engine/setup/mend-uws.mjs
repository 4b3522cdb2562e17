// Mends two mistakes in the prebuilt uWebSockets.js addon for x86-64; leaves alone an addon that is mended already, and code
// that it doesn't know.
//
// Header values: the addon takes white space off both ends of a value by comparing bytes with 33, as signed numbers: every byte
// from 0x80 on counts as negative, and goes too. `X-User-ID: josé` arrives as `jos`, another user, and nothing tells that it was
// longer; `Transfer-Encoding: ÿchunkedÿ` arrives as `chunked`. Two conditional jumps are all there is to it, one for each end:
// "greater or equal" and "greater" become their unsigned forms, so that what is below 33 goes and all else stays. On ARM Linux
// a byte is unsigned, and there is nothing to mend. The engine tries at its start whether values arrive whole, so a file that
// wasn't mended, or needn't be, doesn't go unnoticed.
//
// Masks: a frame without one must end the connection (RFC 6455, section 5.1), but the addon never looks, takes four bytes of the
// payload for the mask, and hands on what comes of it. Frames that are marked as compressed go through code that no socket of
// ours needs, since none negotiates compression: they are refused with the other reserved bits instead, and that code's place
// has the question for the mask. On other processors an unmasked frame stays what it was: nonsense, which is refused as such.
//
// Reference: the first mistake in Bun's copy of this parser, oven-sh/bun pull request 27269.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const whatIsMended = 'header values arrive whole, and frames without a mask end their connection';

/** The code that takes bytes off the end and then off the beginning of a value. */
const trimming = {
  known: parseBytes(
    '41 80 7c 03 01 21', // cmp byte [r11+rax+1], 33
    '7d 0c', // jge: the end is reached
    '48 89 42 10 48 83 c0 ff 72 ee eb 1c 49 83 c3 02',
    '41 80 7b ff 20', // cmp byte [r11-1], 32
    '7f 11', // jg: the beginning is reached
  ),
  mended: parseBytes(
    '41 80 7c 03 01 21',
    '73 0c', // jae
    '48 89 42 10 48 83 c0 ff 72 ee eb 1c 49 83 c3 02',
    '41 80 7b ff 20',
    '77 11', // ja
  ),
};

/** The first check of a frame, once six bytes of it are there, on sockets without TLS, as all of the engine's are. */
const masking = {
  known: parseBytes(
    '41 0f b6 0f', // movzx ecx, byte [r15]
    'f6 c1 40 74 18', // Is it marked as compressed? Otherwise over the next four.
    '80 bb ae 00 00 00 01', // Was compression negotiated?
    '0f 85 f6 05 00 00', // jne: close
    'c6 83 ae 00 00 00 02',
    '41 0f b6 0f',
    'f6 c1 30', // Has it one of the two other reserved bits?
    '0f 85 e2 05 00 00', // jne: close
  ),
  mended: parseBytes(
    '41 0f b6 0f',
    '41 f6 47 01 80', // test byte [r15+1], 0x80: has it a mask?
    '0f 84 fd 05 00 00', // je: close
    'eb 10', // Over what is left of the place.
    '90'.repeat(16),
    'f6 c1 70', // Has it one of the three reserved bits?
    '0f 85 e2 05 00 00',
  ),
};

/** @returns {boolean} whether the file was changed */
export function mend(file) {
  const code = readFileSync(file);
  const changed = [trimming, masking].map((mistake) => replaceOnce(code, mistake)).includes(true);
  if (!changed) return false;
  writeFileSync(`${file}.mended`, code);
  renameSync(`${file}.mended`, file);
  return true;
}

function replaceOnce(code, { known, mended }) {
  const at = code.indexOf(known);
  if (at < 0 || code.indexOf(known, at + 1) >= 0) return false; // Another build is left alone.
  mended.copy(code, at);
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

function parseBytes(...hex) {
  return Buffer.from(hex.join('').replaceAll(' ', ''), 'hex');
}
