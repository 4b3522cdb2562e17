// Adds to package-lock.json the platform packages that the registry at hand doesn't serve, so that `npm ci` accepts
// the lock file everywhere; run it as `npm run lock:complete` after any change of a dependency.
//
// npm leaves such packages out of the lock file it writes, and `npm ci` then refuses it ("Missing: … from lock file").
// The names say which platform they are for: @uwsjs/linux-arm64-24, @biomejs/cli-linux-x64-musl.
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openbsd', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

/** @returns {string[]} names of the packages that were added to `lock`; empty when it was complete. */
export function completeLock(lock) {
  const added = [];
  for (const [at, owner] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(owner.optionalDependencies ?? {})) {
      if (lock.packages[`${at}/node_modules/${name}`] ?? lock.packages[`node_modules/${name}`]) continue;
      lock.packages[`node_modules/${name}`] = entryOf(name, version, owner);
      added.push(name);
    }
  }
  const inOrder = Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries(inOrder);
  return added;
}

/** A package's entry, its keys in npm's own order so that npm's next write changes nothing. */
function entryOf(name, version, owner) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.find((word) => systems.includes(word));
  const cpu = words.find((word) => processors.includes(word));
  if (!os || !cpu) throw new Error(`${name} doesn't say which platform it is for; add it to package-lock.json by hand`);
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error(`${name} has no exact version, but ${version}`);
  const nodeMajor = Number(words.find((word) => /^\d+$/.test(word)));
  return {
    version,
    cpu: [cpu],
    ...(owner.dev && { dev: true }),
    ...(os === 'linux' && { libc: [words.includes('musl') ? 'musl' : 'glibc'] }),
    license: owner.license,
    optional: true,
    os: [os],
    ...(nodeMajor && { engines: { node: `>=${nodeMajor}.0.0 <${nodeMajor + 1}.0.0` } }),
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const added = completeLock(lock);
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
  console.log(added.length > 0 ? `added to package-lock.json: ${added.join(', ')}` : 'package-lock.json is complete');
}
