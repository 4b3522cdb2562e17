// Makes the prebuilt uWebSockets.js addon load on Linux systems whose glibc is older than 2.38
// (Debian 12 has 2.36). Changes nothing elsewhere, or where it was done before.
//
// Why it is safe: the addon asks glibc 2.38 for C23 spellings of sscanf, strtol, strtoul and strtoull only
// (`__isoc23_strtol` …). They differ from the functions every glibc has in one detail, "0b" integer literals.
// The names end in the old names, so each undefined symbol is pointed nine bytes further into the same string
// ("__isoc23_strtol" + 9 = "strtol"), bound to libc's oldest version, and the 2.38 requirement is marked weak.
// Any other 2.38 symbol ends the relinking with an error.
//
// Reference: ELF-64 object file format; GNU symbol versioning (.gnu.version, .gnu.version_r).
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SHT_DYNSYM = 11;
const SHT_GNU_VERNEED = 0x6ffffffe;
const SHT_GNU_VERSYM = 0x6fffffff;
const VER_FLG_WEAK = 2;
const C23_PREFIX = '__isoc23_';

/** @returns {string[]} the symbols that were relinked; empty when the file needed nothing. */
export function relink(file, { requires = 'GLIBC_2.38' } = {}) {
  const elf = readFileSync(file);
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1) return [];
  const u16 = (at) => elf.readUInt16LE(at);
  const u32 = (at) => elf.readUInt32LE(at);
  const u64 = (at) => Number(elf.readBigUInt64LE(at));

  const sections = Array.from({ length: u16(0x3c) }, (_, i) => {
    const at = u64(0x28) + i * u16(0x3a);
    return {
      type: u32(at + 4),
      offset: u64(at + 24),
      size: u64(at + 32),
      link: u32(at + 40),
      info: u32(at + 44),
      entry: u64(at + 56),
    };
  });
  const section = (type) => sections.find((s) => s.type === type);
  const symbols = section(SHT_DYNSYM);
  const versions = section(SHT_GNU_VERSYM);
  const needs = section(SHT_GNU_VERNEED);
  if (!symbols || !versions || !needs) return [];
  const strings = sections[symbols.link].offset;
  const text = (at) => elf.toString('latin1', strings + at, elf.indexOf(0, strings + at));

  let required = -1;
  let oldest = { version: '9999', index: -1 };
  for (let at = needs.offset, n = 0; n < needs.info; n++, at += u32(at + 12)) {
    if (text(u32(at + 4)) !== 'libc.so.6') continue;
    for (let aux = at + u32(at + 8), i = 0; i < u16(at + 2); i++, aux += u32(aux + 12)) {
      const name = text(u32(aux + 8));
      if (name === requires) {
        if (u16(aux + 4) & VER_FLG_WEAK) return [];
        required = u16(aux + 6);
        elf.writeUInt16LE(u16(aux + 4) | VER_FLG_WEAK, aux + 4);
      }
      const version = name
        .replace('GLIBC_', '')
        .split('.')
        .map((part) => part.padStart(4, '0'))
        .join('.');
      if (version < oldest.version) oldest = { version, index: u16(aux + 6) };
    }
  }
  if (required < 0) return [];

  const relinked = [];
  for (let i = 0; i < symbols.size / symbols.entry; i++) {
    if (u16(versions.offset + 2 * i) !== required) continue;
    const at = symbols.offset + i * symbols.entry;
    const name = text(u32(at));
    if (!name.startsWith(C23_PREFIX)) throw new Error(`${file} needs ${name} of ${requires}; it can't be relinked`);
    elf.writeUInt32LE(u32(at) + C23_PREFIX.length, at);
    elf.writeUInt16LE(oldest.index, versions.offset + 2 * i);
    relinked.push(name);
  }
  writeFileSync(`${file}.relinked`, elf);
  renameSync(`${file}.relinked`, file);
  return relinked;
}

/**
 * Relinks the binary in `directory` where this machine's glibc is too old for it.
 * @param {string} directory one of node_modules/@uwsjs
 * @returns {string | undefined} the version of glibc that it was relinked for; undefined when nothing was to be done
 */
export function relinkInstalled(directory) {
  const glibc = process.platform === 'linux' ? glibcVersion() : undefined;
  if (!glibc || !existsSync(directory) || !isOlder(glibc, '2.38')) return undefined;
  const binaries = readdirSync(directory).filter((name) => name.endsWith('.node'));
  const relinked = binaries.flatMap((name) => relink(join(directory, name)));
  return relinked.length > 0 ? glibc : undefined;
}

/** @returns {string | undefined} such as '2.36'; undefined where the C library is another one */
function glibcVersion() {
  process.report.excludeNetwork = true;
  return process.report.getReport().header.glibcVersionRuntime;
}

function isOlder(version, than) {
  return version.localeCompare(than, 'en', { numeric: true }) < 0;
}
