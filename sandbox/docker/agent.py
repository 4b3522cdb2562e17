# Runs inside a sandbox's container: reads, writes and lists its workspace, and ends what a command left running.
# One JSON request a line in, one JSON answer a line out. It has the rights of the session's own user and no more.
import base64, errno, json, os, signal, stat, sys

WORKSPACE = "/workspace"


class Refused(Exception):
    def __init__(self, code, detail):
        self.code, self.detail = code, detail


def opened(path, flags):
    # Never waits for a FIFO, and asks the kernel where the open file is: no link or race can lead outside.
    try:
        fd = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY, 0o644)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise Refused("noSuchFile", "There is no file at that path.")
        if error.errno in (errno.ELOOP, errno.EACCES, errno.EPERM, errno.ENAMETOOLONG):
            raise Refused("badPath", "The path can't be opened.")
        if error.errno in (errno.EISDIR, errno.ENXIO, errno.ENODEV):
            raise Refused("notAFile", "The path is not a regular file.")
        raise
    real = os.readlink("/proc/self/fd/%d" % fd)
    status = os.fstat(fd)
    if not real.startswith(WORKSPACE + "/"):
        os.close(fd)
        raise Refused("badPath", "The path must stay inside " + WORKSPACE + ".")
    if not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise Refused("notAFile", "The path is not a regular file.")
    return fd, status.st_size


def read(request):
    fd, size = opened(request["path"], os.O_RDONLY)
    try:
        length = request.get("length")
        if length is None and size > request["max"]:
            raise Refused("fileTooLarge", "The file holds %d bytes; read it in parts." % size)
        wanted = min(request["max"], length if length is not None else request["max"])
        data = os.pread(fd, wanted, request.get("offset", 0))
        return {"data": base64.b64encode(data).decode(), "size": size}
    finally:
        os.close(fd)


def write(request):
    path, data = request["path"], base64.b64decode(request["data"])
    parent = os.path.dirname(path)
    if not os.path.realpath(parent).startswith(WORKSPACE):
        raise Refused("badPath", "The path must stay inside " + WORKSPACE + ".")
    try:
        os.makedirs(parent, exist_ok=True)
        fd, _ = opened(path, os.O_WRONLY | os.O_CREAT)
        try:
            os.ftruncate(fd, 0)
            at = 0
            while at < len(data):
                at += os.write(fd, data[at:])
        finally:
            os.close(fd)
    except FileExistsError:
        raise Refused("notAFile", "A file stands where a folder is needed.")
    return {}


def entries(request):
    # Breadth first, so that what is cut off is deep rather than early.
    found, folders, hidden = [], [WORKSPACE], set(request["hidden"])
    while folders and len(found) <= request["max"]:
        folder = folders.pop(0)
        try:
            children = sorted(os.scandir(folder), key=lambda child: child.name)
        except OSError:
            continue
        for child in children:
            if child.name in hidden:
                continue
            is_folder = child.is_dir(follow_symlinks=False)
            found.append([child.path.encode("utf-8", "surrogateescape").decode("utf-8", "replace"), is_folder])
            if is_folder:
                folders.append(child.path)
    return {"entries": found[: request["max"] + 1]}


def processes():
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in (1, os.getpid()):
            yield int(name)


def content(pid, name):
    try:
        with open("/proc/%d/%s" % (pid, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


def started(pid):
    fields = content(pid, "stat").rpartition(b")")[2].split()
    return int(fields[19]) if len(fields) > 19 else 0


def kill(request):
    # A process of the command carries its mark, or has wiped its environment and is younger than the command.
    mark = ("LUCID_COMMAND=" + request["mark"]).encode()
    since = ticks_now() - request["ageMs"] * os.sysconf("SC_CLK_TCK") // 1000 - 1
    killed = 0
    for _ in range(50):
        victims = []
        for pid in processes():
            environment = content(pid, "environ")
            if mark in environment or pid == request["shell"]:
                victims.append(pid)
            elif b"LUCID_" not in environment and started(pid) >= since and content(pid, "cmdline"):
                victims.append(pid)
        for pid in victims:
            try:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            except OSError:
                pass
        if not victims:
            break
    return {"killed": killed}


def ticks_now():
    # In the unit of a process's start time: clock ticks since the machine started.
    with open("/proc/uptime") as file:
        return int(float(file.read().split()[0]) * os.sysconf("SC_CLK_TCK"))


OPERATIONS = {"read": read, "write": write, "list": entries, "kill": kill}


def main():
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": OPERATIONS[request["op"]](request)}
        except Refused as refused:
            answer = {"code": refused.code, "detail": refused.detail}
        except OSError as error:
            answer = {"code": "sandboxFailed", "detail": os.strerror(error.errno or 0)}
        answer["id"] = request["id"]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


main()
