# Root in a namespace of one's own: its users are the container's one unprivileged user, by another number. What is installed goes over
# the image's folders, into the home's disk. The kernel sees that user alone, without any right over the machine.
import ctypes, os, shutil, struct, time

HOME, STATE = "/home/agent", "/run/lucid"
LAYERS, OUTCOME = HOME + "/.lucid-root", STATE + "/root"
OVERLAID = ("usr", "var", "opt", "root", "srv")
# Docker writes these for each container.
OWN_FILES = ("hosts", "hostname", "resolv.conf", "mtab")
# Copying settings takes tenths of a second, on a busy machine seconds.
ROOT_SECONDS = 15
NEW_USER, NEW_MOUNTS = 0x10000000, 0x00020000
BIND, RECURSIVE, READ_ONLY, REMOUNT = 4096, 16384, 1, 32
# By machine: its number for seccomp; calls that are refused; those of chown, which have no effect; unshare and clone; clone3.
CALLS = {
    "x86_64": (0xC000003E, (165, 166, 155, 161, 272, 308, 248, 249, 250, 321, 298, 323, 304), (92, 93, 94, 260), 56),
    "aarch64": (0xC00000B7, (40, 39, 41, 51, 97, 268, 217, 218, 219, 280, 241, 282, 265), (54, 55), 220),
}
# The same on every machine: io_uring, the newer calls for mounts, and clone3, in whose place programs then take clone.
REFUSED_EVERYWHERE, CLONE3, NEWEST = (425, 426, 427, 428, 429, 430, 431, 432, 433, 442), 435, 470
NAMESPACES = 0x7E020000
LOAD, EQUALS, ABOVE, BITS, RETURN = 0x20, 0x15, 0x25, 0x45, 0x06
ALLOW, ERROR = 0x7FFF0000, 0x00050000
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "%s: %s" % (name, os.strerror(number)))


def mount(source, target, kind=None, flags=0, options=None):
    encode = lambda text: None if text is None else text.encode()
    call("mount", encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(options))


def enter_new():
    """Makes the namespaces, of a process that stays in them."""
    uid, gid = os.getuid(), os.getgid()
    if os.stat("/usr").st_uid != uid:
        raise OSError(0, "the image's files belong to its root; npm run sandbox:build -- --root makes one for this")
    call("unshare", NEW_USER | NEW_MOUNTS)
    for name, text in (("setgroups", "deny"), ("uid_map", "0 %d 1" % uid), ("gid_map", "0 %d 1" % gid)):
        with open("/proc/self/" + name, "w") as file:
            file.write(text)
    lay_over()
    refuse_more()


def lay_over():
    for name in OVERLAID:
        if not os.path.isdir("/" + name):
            continue
        upper, work = "%s/%s" % (LAYERS, name), "%s/.%s" % (LAYERS, name)
        os.makedirs(upper, exist_ok=True)
        os.makedirs(work, exist_ok=True)
        mount("overlay", "/" + name, "overlay", 0, "userxattr,lowerdir=/%s,upperdir=%s,workdir=%s" % (name, upper, work))
    copy_settings()
    state = os.open(STATE, os.O_PATH)
    shutil.rmtree(LAYERS + "/run", ignore_errors=True)
    for folder in ("lock", "lucid"):
        os.makedirs("%s/run/%s" % (LAYERS, folder))
    mount(LAYERS + "/etc", "/etc", None, BIND)
    mount(LAYERS + "/run", "/run", None, BIND)
    mount("/proc/self/fd/%d" % state, STATE, None, BIND)
    os.close(state)
    # Nobody is to change the layers under the kernel's feet.
    mount("tmpfs", LAYERS, "tmpfs", READ_ONLY, "size=4096,mode=0755")


def copy_settings():
    """A folder with mounts in it can't be laid over; the settings are two megabytes."""
    settings = LAYERS + "/etc"
    if not os.path.isdir(settings):
        shutil.copytree("/etc", settings, symlinks=True, ignore=lambda *_: OWN_FILES)
    for name in OWN_FILES:
        if os.path.isfile("/etc/" + name):
            shutil.copyfile("/etc/" + name, "%s/%s" % (settings, name))
    os.makedirs(settings + "/apt/apt.conf.d", exist_ok=True)
    with open(settings + "/apt/apt.conf.d/00lucid", "w") as file:
        file.write('APT::Sandbox::User "root";\n')


def join_root(pid):
    """Joins the main process in its namespaces once it has them. @returns why it has none, where it hasn't"""
    until = time.monotonic() + ROOT_SECONDS
    while time.monotonic() < until:
        try:
            with open(OUTCOME) as file:
                outcome = file.read(200)
            return join(pid) if outcome == "root" else stay(outcome)
        except FileNotFoundError:
            time.sleep(0.005)
    return stay("it took too long")


def stay(problem):
    refuse_more(givers=())
    return problem


def join(pid):
    """Joins the namespaces of a process; nothing in them can look into this one before more is refused."""
    libc.prctl(4, 0, 0, 0, 0)
    for flag, name in ((NEW_USER, "user"), (NEW_MOUNTS, "mnt")):
        fd = os.open("/proc/%d/ns/%s" % (pid, name), os.O_RDONLY | os.O_CLOEXEC)
        call("setns", fd, flag)
        os.close(fd)
    os.chdir("/workspace")
    refuse_more()
    libc.prctl(4, 1, 0, 0, 0)


def refuse_more(givers=None):
    """From here on nothing is mounted and no namespace made or entered; files can't be given away, which is taken for done."""
    machine, refused, all_givers, clone = CALLS[os.uname().machine]
    givers = all_givers if givers is None else givers
    steps = [(LOAD, "", "", 4), (EQUALS, "", "refuse", machine), (LOAD, "", "", 0), (ABOVE, "absent", "", NEWEST)]
    steps += [(EQUALS, "refuse", "", number) for number in refused + REFUSED_EVERYWHERE]
    steps += [(EQUALS, "done", "", number) for number in givers]
    steps += [(EQUALS, "absent", "", CLONE3), (EQUALS, "flags", "", clone), (RETURN, "", "", ALLOW)]
    places = {"flags": len(steps)}
    steps += [(LOAD, "", "", 16), (BITS, "refuse", "", NAMESPACES), (RETURN, "", "", ALLOW)]
    for name, value in (("refuse", ERROR | 1), ("done", ERROR), ("absent", ERROR | 38)):
        places[name] = len(steps)
        steps.append((RETURN, "", "", value))
    jump = lambda name, at: places[name] - at - 1 if name else 0
    code = b"".join(
        struct.pack("=HBBI", kind, jump(so, at), jump(other, at), value)
        for at, (kind, so, other, value) in enumerate(steps)
    )
    held = ctypes.create_string_buffer(code)
    header = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
    call("prctl", 38, 1, 0, 0, 0)
    call("prctl", 22, 2, ctypes.c_char_p(header), 0, 0)
