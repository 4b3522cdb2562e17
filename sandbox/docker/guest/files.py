# Files of the workspace: opened so that no path, link or race leads out of it, and no FIFO is waited for.
import base64, errno, itertools, os, stat

WORKSPACE = "/workspace"
DEVICE = os.stat(WORKSPACE).st_dev
OUTSIDE = "The path must stay inside " + WORKSPACE + "."


class Refused(Exception):
    def __init__(self, code, detail):
        self.code, self.detail = code, detail


REFUSALS = {
    errno.ENOENT: ("noSuchFile", "There is no file at that path."),
    errno.ENOTDIR: ("noSuchFile", "There is no file at that path."),
    errno.ELOOP: ("badPath", "The path goes through too many links, or one that changes."),
    errno.EINVAL: ("badPath", "The path goes through too many links, or one that changes."),
    errno.EACCES: ("badPath", "The path can't be opened."),
    errno.EPERM: ("badPath", "The path can't be opened."),
    errno.ENAMETOOLONG: ("badPath", "The path or a name in it is too long."),
    errno.EISDIR: ("notAFile", "The path is not a regular file."),
    errno.ENXIO: ("notAFile", "The path is not a regular file."),
    errno.ENODEV: ("notAFile", "The path is not a regular file."),
    errno.EEXIST: ("notAFile", "A file stands where a folder is needed."),
}


def open_folder(path, makes_missing):
    # Goes down folder by folder from the workspace and follows no link, so that nothing swapped in meanwhile leads out.
    at = os.open(WORKSPACE, os.O_PATH | os.O_DIRECTORY)
    try:
        for name in path[len(WORKSPACE) + 1 :].split("/"):
            if name == "":
                continue
            if makes_missing:
                suppress(FileExistsError, os.mkdir, name, dir_fd=at)
            deeper = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=at)
            os.close(at)
            at = deeper
        return at
    except NotADirectoryError:
        is_link = os.path.islink("/proc/self/fd/%d/%s" % (at, name))
        os.close(at)
        raise Refused(*REFUSALS[errno.ELOOP if is_link else errno.EEXIST if makes_missing else errno.ENOENT])
    except OSError:
        os.close(at)
        raise


def suppress(error, act, *args, **named):
    try:
        act(*args, **named)
    except error:
        pass


def follow_links(path):
    # The links of this moment are followed by name; `open_folder` refuses those that are swapped in later.
    real = os.path.realpath(path)
    if real != WORKSPACE and not real.startswith(WORKSPACE + "/"):
        raise Refused("badPath", OUTSIDE)
    return real


def open_file(path, flags, makes_missing=False):
    real = follow_links(path)
    if real == WORKSPACE:
        raise Refused("notAFile", "The path is a folder.")
    parent = open_folder(os.path.dirname(real), makes_missing)
    try:
        flags |= os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW
        fd = os.open(os.path.basename(real), flags, 0o644, dir_fd=parent)
    finally:
        os.close(parent)
    status = os.fstat(fd)
    if status.st_dev != DEVICE or not stat.S_ISREG(status.st_mode):
        os.close(fd)
        raise Refused("notAFile", "The path is not a regular file.")
    return fd, status.st_size


def read_file(request):
    fd, size = open_file(request["path"], os.O_RDONLY)
    try:
        length, most = request.get("length"), request["max"]
        if length is None and size > most:
            raise Refused("fileTooLarge", "The file holds %d bytes; read it in parts." % size)
        offset = min(request.get("offset", 0), size)
        data = os.pread(fd, min(most, size - offset if length is None else length), offset)
        return {"data": base64.b64encode(data).decode(), "size": size}
    finally:
        os.close(fd)


def take_room(fd, length):
    """Room is taken first: on a full disk the file keeps what it held. Some file systems lengthen it before they find out."""
    before = os.fstat(fd).st_size
    try:
        os.posix_fallocate(fd, 0, length)
    except OSError:
        os.ftruncate(fd, before)
        raise


def write_file(request):
    data = base64.b64decode(request["data"])
    fd, _ = open_file(request["path"], os.O_WRONLY | os.O_CREAT, makes_missing=True)
    try:
        if data:
            take_room(fd, len(data))
        at = 0
        while at < len(data):
            at += os.pwrite(fd, data[at:], at)
        os.ftruncate(fd, len(data))
    finally:
        os.close(fd)
    return {}


def list_folder(request):
    # Breadth first, so that deep entries are cut off; of a large folder only a part is read.
    # Entries are named below the path that was asked for, which may be a link.
    named, real = request["path"], follow_links(request["path"])
    os.scandir(real).close()  # Raises where this is no folder that can be read.
    found, size, folders, hidden = [], 0, [real], set(request["hidden"])
    while folders and len(found) <= request["max"] and size <= request["bytes"]:
        for child in list_children(folders.pop(0), request["max"]):
            if child.name in hidden:
                continue
            is_folder = child.is_dir(follow_symlinks=False)
            below = child.path[len(real) :].encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            found.append([named + below, is_folder])
            size += len(named + below)
            if is_folder:
                folders.append(child.path)
    return {"entries": found[: request["max"] + 1], "isCut": bool(folders)}


def list_children(path, most):
    try:
        with os.scandir(path) as found:
            return sorted(itertools.islice(found, most + 1), key=lambda child: child.name)
    except OSError:
        return []  # A folder that has gone meanwhile or can't be read isn't part of the tree.


def measure_disk(request):
    disk = os.statvfs(WORKSPACE)
    return {"used": (disk.f_blocks - disk.f_bfree) * disk.f_frsize, "size": disk.f_blocks * disk.f_frsize}
