# Makes disks for sandboxes: files with a file system of bounded size, each behind a loop device of its own. Requests come in as
# lines of JSON on stdin, answers go out on stdout. It keeps a device until it is told to let go; from then on the kernel keeps
# it as long as it is mounted, and lets it go by itself. So whatever ends, nothing of a session stays.
import fcntl, json, os, random, re, shutil, struct, subprocess, sys, threading, time

CTL_ADD, CTL_REMOVE, CONFIGURE = 0x4C80, 0x4C81, 0x4C0A
AUTOCLEAR = 4
# Numbers that no other program takes by itself: those go up from 0.
NUMBERS = (1 << 16, 1 << 20)
DISKS, SNAPSHOTS = "/disks", "/snapshots"
# How old a file without a device is before it counts as left behind: making one takes milliseconds, copying one seconds.
LEFT_SECONDS = 300
NAME = re.compile("[0-9a-f]{64}")
held = {}
output = threading.Lock()


class Refused(Exception):
    pass


def make(request):
    sweep()
    names, snapshot = request["disks"], find_snapshot(request)
    free_room(DISKS, request["bytes"], snapshot and snapshot[0])
    made = []
    try:
        for name in names:
            made.append(make_disk(request["bytes"], snapshot and "%s/%s.img" % (snapshot[0], name)))
    except BaseException:
        for number in made:
            let_go({"numbers": [number]})
        raise
    return {"numbers": made, "snapshot": snapshot and snapshot[1]}


def free_room(place, size, kept=None):
    """
    A disk takes room only as it is filled, so all of them together may promise more than there is; not endlessly more.
    Snapshots save time alone, so they go first, the oldest ones by their last use.
    """
    for folder in [folder for _, _, folder in sorted(list_snapshots()) if folder != kept] + [None]:
        found = os.statvfs(place)
        if found.f_bavail * found.f_frsize >= size:
            return
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
    raise Refused("the machine's disk has less room than one workspace may take")


def make_disk(size, source):
    while True:
        try:
            return make_numbered(random.randrange(*NUMBERS), size, source)
        except FileExistsError:
            pass  # A device stays when its disk is gone, so of thousands one may have the number.


def make_numbered(number, size, source):
    path = "%s/%d.img" % (DISKS, number)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if source:
            run("cp", "--reflink=auto", "--sparse=always", source, path)
        else:
            os.ftruncate(file, size)
            options = "lazy_itable_init=1,nodiscard,root_owner=1000:1000"
            run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-m", "0", "-b", "4096", "-i", "8192", "-E", options, path)
            remove_lost_folder(path)
        held[number] = attach(number, file, path)
        return number
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(file)


def remove_lost_folder(path):
    """Nothing of the engine's is in a workspace; e2fsck makes the folder again."""
    run("debugfs", "-w", "-R", "rmdir lost+found", path)


def attach(number, file, path):
    control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(control, CTL_ADD, number)
    os.close(control)
    node = "/dev/loop%d" % number
    os.mknod(node, 0o060600, os.makedev(7, number))
    device = os.open(node, os.O_RDWR | os.O_CLOEXEC)
    os.unlink(node)
    info = struct.pack("<5Q4I64s64s32s2Q", 0, 0, 0, 0, 0, 0, 0, 0, AUTOCLEAR, path.encode()[:63], b"", b"", 0, 0)
    fcntl.ioctl(device, CONFIGURE, struct.pack("<II", file, 4096) + info + bytes(64))
    return device


def let_go(request):
    for number in request["numbers"]:
        device = held.pop(number, None)
        if device is not None:
            os.close(device)
    return {}


def sweep():
    """Removes the files and devices of disks that nobody has mounted any more."""
    for name in os.listdir(DISKS):
        path = "%s/%s" % (DISKS, name)
        number = name.partition(".")[0]
        try:
            if os.path.exists("/sys/block/loop%s/loop" % number) or time.time() - os.stat(path).st_ctime < LEFT_SECONDS:
                continue
            os.unlink(path)
            control = os.open("/dev/loop-control", os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(control, CTL_REMOVE, int(number))
            os.close(control)
        except (OSError, ValueError):
            pass  # Another maker was faster, or the device is gone.


def find_snapshot(request):
    name = request.get("snapshot")
    if name is None or not NAME.fullmatch(name):
        return None
    folder = "%s/%s" % (SNAPSHOTS, name)
    try:
        with open(folder + "/about.json") as file:
            about = json.load(file)
        if any(os.stat("%s/%s.img" % (folder, disk)).st_size != request["bytes"] for disk in request["disks"]):
            return None  # The limit has changed since.
        os.utime(folder)
        return folder, about
    except (OSError, ValueError):
        return None


def find(request):
    found = find_snapshot(request)
    return {"snapshot": found and found[1]}


def count(_):
    return {"snapshots": len(os.listdir(SNAPSHOTS))}


def save(request):
    """Keeps copies of disks; their container is paused meanwhile, and what it wrote is on them."""
    if not NAME.fullmatch(request["snapshot"]):
        raise Refused("a snapshot has no such name")
    files = ["%s/%d.img" % (DISKS, number) for number in request["numbers"]]
    taken = sum(os.stat(file).st_blocks * 512 for file in files)
    if taken > request["bytesMax"]:
        raise Refused("it is larger than all snapshots together may be")
    remove_snapshots(request["countMax"] - 1, request["bytesMax"] - taken, request["daysMax"])
    free_room(SNAPSHOTS, taken + os.stat(files[0]).st_size)
    part = "%s/.part-%d-%d" % (SNAPSHOTS, os.getpid(), random.randrange(1 << 32))
    os.mkdir(part, 0o700)
    try:
        for name, disk in zip(request["disks"], files):
            copy = "%s/%s.img" % (part, name)
            run("cp", "--reflink=auto", "--sparse=always", disk, copy)
            run("e2fsck", "-f", "-y", copy, worst=1)
            remove_lost_folder(copy)
        with open(part + "/about.json", "w") as file:
            json.dump(request["about"], file)
        folder = "%s/%s" % (SNAPSHOTS, request["snapshot"])
        if os.path.exists(folder):
            os.rename(folder, part + "-before")
        os.rename(part, folder)
    finally:
        for left in (part, part + "-before"):
            shutil.rmtree(left, ignore_errors=True)
    return {}


def remove_snapshots(count, size, days):
    """Removes the oldest, by their last use, as long as there are too many."""
    for at, (used, size_of_one, folder) in enumerate(sorted(list_snapshots(), reverse=True)):
        size -= size_of_one
        if at >= count or size < 0 or time.time() - used > days * 86400:
            shutil.rmtree(folder, ignore_errors=True)


def list_snapshots():
    found = []
    for name in os.listdir(SNAPSHOTS):
        folder = "%s/%s" % (SNAPSHOTS, name)
        try:
            found.append((os.stat(folder).st_mtime, bytes_of(folder), folder))
        except OSError:
            pass  # Another maker was faster.
    return found


def bytes_of(folder):
    return sum(os.stat("%s/%s" % (folder, name)).st_blocks * 512 for name in os.listdir(folder))


def run(*command, worst=0):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode > worst:
        raise Refused("%s: %s" % (command[0], done.stdout.decode("utf8", "replace").strip()[-300:]))


def answer(request):
    operations = {"make": make, "find": find, "count": count, "letGo": let_go, "save": save}
    try:
        said = {"ok": operations[request["op"]](request)}
    except (Refused, OSError, KeyError) as error:
        said = {"problem": str(error)}
    with output:
        sys.stdout.write(json.dumps({"id": request["id"], **said}) + "\n")
        sys.stdout.flush()


for line in sys.stdin:
    threading.Thread(target=answer, args=(json.loads(line),), daemon=True).start()
