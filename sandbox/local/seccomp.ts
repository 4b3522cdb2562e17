// Builds the kernel's filter of calls that confined commands can't make: for sockets other than the internet's, and for
// namespaces of their own. Pure.

type Machine = {
  audit: number;
  socket: number;
  withFlags: number[];
  clone3: number;
  refused: number[];
  numbersMax: number;
};

/** Calls with the same numbers on every machine: io_uring, which makes sockets past this filter, and newer ones for mounts. */
const refusedEverywhere = [425, 428, 429, 430, 431, 432, 433, 442];

/**
 * `refused`: setns, mount, umount2, pivot_root, the keyring's three, bpf, perf_event_open, userfaultfd. `withFlags`:
 * unshare and clone, refused where they make a user's namespace, in which everybody is root.
 */
const machines: Record<string, Machine> = {
  x64: {
    audit: 0xc000003e,
    socket: 41,
    withFlags: [272, 56],
    clone3: 435,
    refused: [308, 165, 166, 155, 248, 249, 250, 321, 298, 323, ...refusedEverywhere],
    numbersMax: 0x3fff_ffff, // Calls of x32 have higher numbers, and would pass unseen.
  },
  arm64: {
    audit: 0xc00000b7,
    socket: 198,
    withFlags: [97, 220],
    clone3: 435,
    refused: [268, 40, 39, 41, 217, 218, 219, 280, 241, 282, ...refusedEverywhere],
    numbersMax: 0x3fff_ffff,
  },
};

/** IPv4, IPv6, and netlink, by which programs ask for the machine's addresses. Unix sockets would lead to the machine's services. */
const families = [2, 10, 16];
const newUser = 0x1000_0000;

const load = 0x20;
const equals = 0x15;
const isAbove = 0x25;
const hasBits = 0x45;
const answer = 0x06;
const allow = 0x7fff_0000;
const refuse = 0x0005_0000 | 1; // EPERM.
const unknown = 0x0005_0000 | 38; // ENOSYS: libraries then use the older call.
const numberAt = 0;
const machineAt = 4;
const firstArgumentAt = 16;

type Step = { code: number; value: number; so?: string; other?: string; name?: string };

/** @returns a program for the kernel's filter; undefined for a machine whose calls aren't known here */
export function buildSeccompFilter(architecture: string = process.arch): Buffer | undefined {
  const machine = machines[architecture];
  return machine && assembleSteps(stepsOf(machine));
}

function stepsOf({ audit, socket, withFlags, clone3, refused, numbersMax }: Machine): Step[] {
  return [
    { code: load, value: machineAt },
    { code: equals, value: audit, other: 'refuse' },
    { code: load, value: numberAt },
    { code: isAbove, value: numbersMax, so: 'refuse' },
    { code: equals, value: socket, so: 'socket' },
    ...withFlags.map((value) => ({ code: equals, value, so: 'flags' })),
    { code: equals, value: clone3, so: 'unknown' },
    ...refused.map((value) => ({ code: equals, value, so: 'refuse' })),
    { code: answer, value: allow },
    { name: 'socket', code: load, value: firstArgumentAt },
    ...families.map((value) => ({ code: equals, value, so: 'allow' })),
    { code: answer, value: refuse },
    { name: 'flags', code: load, value: firstArgumentAt },
    { code: hasBits, value: newUser, so: 'refuse' },
    { name: 'allow', code: answer, value: allow },
    { name: 'refuse', code: answer, value: refuse },
    { name: 'unknown', code: answer, value: unknown },
  ];
}

/** Each step is a code, two jumps and a value; a jump is a number of steps. */
function assembleSteps(steps: Step[]): Buffer {
  const places = new Map(steps.map(({ name }, at) => [name, at]));
  const jump = (name: string | undefined, at: number) => (name === undefined ? 0 : (places.get(name) ?? at) - at - 1);
  const program = Buffer.alloc(8 * steps.length);
  for (const [at, { code, value, so, other }] of steps.entries()) {
    program.writeUInt16LE(code, 8 * at);
    program.writeUInt8(jump(so, at), 8 * at + 2);
    program.writeUInt8(jump(other, at), 8 * at + 3);
    program.writeUInt32LE(value >>> 0, 8 * at + 4);
  }
  return program;
}
