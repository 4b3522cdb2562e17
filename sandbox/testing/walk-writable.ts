// A program that prints as JSON what can be written to from inside of a confined sandbox, for tests that run it as another
// account. Its argument is the folder to make the sandbox in.
import { openConfinement } from '../local/confinement.ts';
import { LocalSource } from '../local/local-source.ts';
import { requestOf } from './sandbox-request.ts';

/** Lists mounts that aren't read-only, kernel files and devices that open for writing, and folders that take a new file. */
const walk = `
while read -r _ _ _ _ at flags _; do case ,$flags, in *,rw,*) [ -e "$at" ] && printf 'mount %s\\n' "$at";; esac; done </proc/self/mountinfo
find /proc /sys /dev \\( -path '/proc/[0-9]*' -o -path /proc/self -o -path /proc/thread-self -o -path /dev/shm -o -path /dev/fd \\) -prune -o \\
  \\( -type f -o -type c -o -type b \\) -print 2>/dev/null |
  while IFS= read -r file; do { : >>"$file"; } 2>/dev/null && printf 'file %s\\n' "$file"; done
find / -xdev \\( -path /proc -o -path /sys \\) -prune -o -type d -writable -printf 'folder %p\\n' 2>/dev/null
for at in /sys /proc/sys /etc /usr /var /var/tmp /home /root /run /lucid /lucid/bin /dev; do { : >"$at/lucid-was-here"; } 2>/dev/null && printf 'new in %s\\n' "$at"; done
printf 'user %s\\ncaps %s\\nprivileges %s\\n' "$(id -u)" "$(sed -n 's/^CapBnd:\\t//p;s/^CapEff:\\t//p;s/^CapPrm:\\t//p' /proc/self/status | sort -u)" "$(sed -n 's/^NoNewPrivs:\\t//p' /proc/self/status)"
`;

const [base = ''] = process.argv.slice(2);
const source = new LocalSource(base, openConfinement([base]));
const opened = await source.open(requestOf('walks'));
if (!opened.ok) throw new Error(opened.failure.detail);
const { sandbox } = opened.value;
const result = await sandbox.run(walk, { timeoutMs: 250_000, signal: new AbortController().signal });
await sandbox.close();
await source.close();
console.log(JSON.stringify(result));
