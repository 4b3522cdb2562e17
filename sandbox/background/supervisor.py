# Runs commands beside the open shell. Each has a supervisor, a process of its own that outlives the engine: it keeps what the
# command prints in files of bounded size, and passes on what is typed. This program is all of it: a command's start, its
# supervisor, and what reads and waits later, each a process that the engine starts.
import base64, errno, json, os, select, signal, sys, time

# What a command prints is kept in pieces, of which the newest two are there: a megabyte at most.
PIECE_BYTES = 512 * 1024
PIECES_KEPT = 2
CHUNK = 65536
# What is typed waits until the command reads it.
TYPED_BYTES_MAX = 1024 * 1024
# How long a command has to end after it was asked to, before it is killed.
TERM_SECONDS = 2
INTERRUPT, END_OF_INPUT = b"\x03", b"\x04"


class Folder:
    """The folder of one command: what it printed, its control (a named pipe), and its end."""

    def __init__(self, base, number):
        self.number, self.path = number, os.path.join(base, number)

    def at(self, name):
        return os.path.join(self.path, name)

    def read_text(self, name, otherwise=""):
        try:
            with open(self.at(name)) as file:
                return file.read()
        except OSError:
            return otherwise

    def write_text(self, name, text):
        try:
            with open(self.at(name + ".new"), "w") as file:
                file.write(text)
            os.rename(self.at(name + ".new"), self.at(name))
        except OSError:
            pass  # The disk is full, or somebody has removed the folder.

    @property
    def pieces(self):
        names = [name[7:] for name in os.listdir(self.path) if name.startswith("output.")]
        return sorted(int(name) for name in names if name.isdigit())

    @property
    def printed(self):
        """How many bytes were printed, kept or not."""
        last = max(self.pieces, default=None)
        try:
            return 0 if last is None else last * PIECE_BYTES + os.path.getsize(self.at("output.%d" % last))
        except OSError:
            return 0

    def send(self, message):
        """@returns whether there is a supervisor"""
        try:
            control = os.open(self.at("control"), os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return False
        os.set_blocking(control, True)
        if message:
            write_all(control, json.dumps(message).encode() + b"\n")
        os.close(control)
        return True

    @property
    def end(self):
        """@returns undefined while it runs; without an exit code where its supervisor is gone"""
        text = self.read_text("end")
        if not text and not self.send(None):
            text = self.read_text("end", "{}") or "{}"
        return json.loads(text) if text else None

    @property
    def state(self):
        return {"id": self.number, "command": self.read_text("command"), "end": self.end}


def list_folders(base):
    try:
        numbers = [name for name in os.listdir(base) if name.isdigit()]
    except OSError:
        numbers = []
    return [Folder(base, number) for number in sorted(numbers, key=int)]


def write_all(fd, data):
    while data:
        data = data[os.write(fd, data) :]


# Starting


def start(base, options, command):
    """Prints the new command's number, once its supervisor is there; or what the machine says against it, such as a full disk."""
    try:
        start_supervised(base, options, command)
    except OSError as error:
        print(json.dumps({"refused": error.strerror or str(error)}))


def start_supervised(base, options, command):
    os.makedirs(base, 0o700, exist_ok=True)
    folders = list_folders(base)
    running = [folder for folder in folders if folder.send(None)]
    if len(running) >= options["runningMax"]:
        return print(json.dumps({"full": [folder.number for folder in running]}))
    ended = [folder for folder in folders if folder not in running]
    for folder in ended[: max(0, len(ended) - options["endedMax"])]:
        remove_folder(folder)
    folder = make_folder(base, int(folders[-1].number) + 1 if folders else 1)
    folder.write_text("command", command[:200])
    os.mkfifo(folder.at("control"), 0o600)
    out, into = os.pipe()
    if os.fork() == 0:
        os.close(out)
        supervise_apart(folder, options, command, into)
    os.close(into)
    os.wait()
    if os.read(out, 1):
        print(json.dumps({"id": folder.number}))


def make_folder(base, number):
    while True:
        try:
            os.mkdir(os.path.join(base, str(number)), 0o700)
            return Folder(base, str(number))
        except FileExistsError:
            number += 1


def remove_folder(folder):
    for name in os.listdir(folder.path):
        os.unlink(folder.at(name))
    os.rmdir(folder.path)


def supervise_apart(folder, options, command, into):
    """Leaves the shell's session, so that nothing that ends the shell ends this."""
    try:
        os.setsid()
        if os.fork() != 0:
            os._exit(0)
        nothing = os.open("/dev/null", os.O_RDWR)
        for fd in range(3):
            os.dup2(nothing, fd)
        for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
            if fd > 2 and fd != into:
                try:
                    os.close(fd)
                except OSError:
                    pass
        Supervisor(folder, options, command).run(into)
    finally:
        os._exit(0)


class Supervisor:
    def __init__(self, folder, options, command):
        self.folder, self.options, self.command = folder, options, command
        self.poll, self.handlers = select.poll(), {}
        self.typed, self.messages = b"", b""
        self.printed, self.piece = 0, -1
        self.code = self.kill_at = None
        self.has_children = True

    def run(self, into):
        control = os.open(self.folder.at("control"), os.O_RDWR | os.O_NONBLOCK)
        keep_orphans()
        out, signals = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(signals)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self.pid = self.start_command()
        self.watch(control, select.POLLIN, lambda: self.read_control(control))
        self.watch(self.output, select.POLLIN, self.read_output)
        self.watch(out, select.POLLIN, lambda: self.reap_children(out))
        write_all(into, b"1")
        os.close(into)
        self.reap_children(None)
        while self.code is None or (self.has_children and self.output in self.handlers):
            for fd, _ in self.poll.poll(200 if self.kill_at else None):
                if fd in self.handlers:
                    self.handlers[fd]()
            if self.kill_at and time.monotonic() >= self.kill_at:
                self.signal_all(signal.SIGKILL)

    def watch(self, fd, events, handler):
        self.handlers[fd] = handler
        self.poll.register(fd, events)

    def forget(self, fd):
        if self.handlers.pop(fd, None):
            self.poll.unregister(fd)

    def start_command(self):
        if self.options["isTerminal"]:
            own, its = os.openpty()
            set_size(own, self.options["rows"], self.options["columns"])
            descriptors, others = (its, its, its), (own, its)
            self.input = self.output = own
        else:
            its_input, self.input = os.pipe2(os.O_CLOEXEC)
            self.output, its_output = os.pipe2(os.O_CLOEXEC)
            descriptors, others = (its_input, its_output, its_output), (its_input, its_output)
        pid = os.fork()
        if pid == 0:
            become_command(descriptors, self.options["isTerminal"], self.command)
        for fd in set(descriptors):
            os.close(fd)
        for fd in {self.input, self.output}:
            os.set_blocking(fd, False)
            os.set_inheritable(fd, False)
        return pid

    def read_control(self, control):
        self.messages += os.read(control, CHUNK)
        *lines, self.messages = self.messages.split(b"\n")
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if message.get("kill"):
                self.signal_all(signal.SIGTERM)
                self.signal_all(signal.SIGCONT)
                self.kill_at = time.monotonic() + TERM_SECONDS
            self.type_text(base64.b64decode(message.get("input", "")))

    def type_text(self, text):
        """A terminal makes its own of the keys for interrupt and end; without one they mean the same."""
        if not self.options["isTerminal"] and text == INTERRUPT:
            return self.signal_all(signal.SIGINT)
        self.typed = (self.typed + text)[:TYPED_BYTES_MAX]
        self.write_typed()

    def write_typed(self):
        try:
            while self.typed and self.input is not None:
                if self.typed[:1] == END_OF_INPUT and not self.options["isTerminal"]:
                    return self.close_input()
                until = self.typed.find(END_OF_INPUT) if not self.options["isTerminal"] else -1
                part = self.typed[:until] if until > 0 else self.typed
                self.typed = self.typed[os.write(self.input, part[:CHUNK]) :]
        except BlockingIOError:
            if self.input != self.output:
                return self.watch(self.input, select.POLLOUT, self.write_typed)
            return self.poll.modify(self.output, select.POLLIN | select.POLLOUT)
        except OSError:
            return self.close_input()
        if self.input == self.output and self.output in self.handlers:
            self.poll.modify(self.output, select.POLLIN)
        elif self.input is not None and self.input != self.output:
            self.forget(self.input)

    def close_input(self):
        self.typed = b""
        if self.input is not None and self.input != self.output:
            self.forget(self.input)
            os.close(self.input)
        self.input = None

    def read_output(self):
        """@returns whether there may be more"""
        if self.typed and self.input == self.output:
            self.write_typed()
        try:
            data = os.read(self.output, CHUNK)
        except BlockingIOError:
            return False
        except OSError:
            data = b""  # Nobody has the terminal open any more.
        if data:
            self.keep(data)
        else:
            self.forget(self.output)
        return bool(data)

    def keep(self, data):
        while data:
            number, place = divmod(self.printed, PIECE_BYTES)
            part = data[: PIECE_BYTES - place]
            try:
                if number != self.piece:
                    self.begin_piece(number)
                write_all(self.file, part)
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    os.ftruncate(self.file, 0)
            self.printed += len(part)
            data = data[len(part) :]

    def begin_piece(self, number):
        if self.piece >= 0:
            os.close(self.file)
        self.file = os.open(self.folder.at("output.%d" % number), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.set_inheritable(self.file, False)
        self.piece = number
        for old in self.folder.pieces:
            if old <= number - PIECES_KEPT:
                os.unlink(self.folder.at("output.%d" % old))

    def reap_children(self, out):
        if out is not None:
            os.read(out, CHUNK)
        try:
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                if pid == self.pid:
                    self.end(os.waitstatus_to_exitcode(status))
        except ChildProcessError:
            self.has_children = False

    def end(self, code):
        while self.read_output():
            pass
        self.code = code if code >= 0 else 128 - code
        self.folder.write_text("end", json.dumps({"exitCode": self.code}))
        tell_end(os.path.dirname(self.folder.path))

    def signal_all(self, number):
        for pid in list_descendants(os.getpid()):
            try:
                os.kill(pid, number)
            except OSError:
                pass


def become_command(descriptors, is_terminal, command):
    try:
        os.setsid()
        for to, fd in enumerate(descriptors):
            os.dup2(fd, to)
        if is_terminal:
            import fcntl, termios

            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            os.environ["TERM"] = "xterm-256color"
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        os.execvp("bash", ["bash", "--noprofile", "--norc", "-c", command])
    finally:
        os._exit(127)


def set_size(terminal, rows, columns):
    import fcntl, struct, termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def keep_orphans():
    """Makes this the parent of all that the command leaves behind, so that it can be found and ended."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass


def list_descendants(root):
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open("/proc/%s/stat" % name, "rb") as file:
                    parents[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
            except (OSError, IndexError):
                pass
    found, last = {root}, 0
    while len(found) > last:
        last = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return found - {root}


# Reading and waiting


def tell_end(base):
    """Wakes who watches; nobody may."""
    try:
        ends = os.open(os.path.join(base, "ends"), os.O_WRONLY | os.O_NONBLOCK)
        os.write(ends, b"\n")
        os.close(ends)
    except OSError:
        pass


def read(base, number, options):
    """Types and kills first, then waits; prints a line about the command, and then what it has printed since the last time."""
    folder = Folder(base, str(number))
    if not os.path.isdir(folder.path):
        return print(json.dumps({"missing": [each.number for each in list_folders(base)]}))
    seen = int(folder.read_text("read") or 0)
    before = folder.printed
    is_alive = folder.send({"input": options.get("input", ""), "kill": options.get("kill", False)})
    end = wait_for(folder, options, before, is_alive)
    printed = folder.printed
    first = max(seen, min(folder.pieces, default=0) * PIECE_BYTES)
    command = folder.read_text("command")
    print(json.dumps({"id": folder.number, "command": command, "end": end, "skipped": first - seen}))
    sys.stdout.flush()
    copy_output(folder, first, printed)
    folder.write_text("read", str(printed))
    if end is not None:
        folder.write_text("told", "")


def wait_for(folder, options, before, is_alive):
    """Waits for the command's end or, where something was typed, until the command has answered and is silent."""
    until = time.monotonic() + (options["waitMs"] / 1000 if is_alive else 0)
    last = before
    quiet_since = time.monotonic()
    while True:
        end, now, printed = folder.end, time.monotonic(), folder.printed
        if printed != last:
            last, quiet_since = printed, now
        is_answered = options.get("input") and last > before and now - quiet_since >= options["quietMs"] / 1000
        if end is not None or is_answered or now >= until:
            return end
        time.sleep(0.05)


def copy_output(folder, first, until):
    while first < until:
        number, place = divmod(first, PIECE_BYTES)
        try:
            with open(folder.at("output.%d" % number), "rb") as file:
                file.seek(place)
                part = file.read(min(until - first, PIECE_BYTES - place))
        except OSError:
            part = b""
        if not part:
            return
        sys.stdout.buffer.write(part)
        first += len(part)
    sys.stdout.flush()


def watch(base):
    """Prints a line for each command that has ended and whose end nobody knows yet; ends when none runs any more."""
    told = set()
    try:
        os.mkfifo(os.path.join(base, "ends"), 0o600)
    except FileExistsError:
        pass
    except OSError:
        return
    ends = os.open(os.path.join(base, "ends"), os.O_RDWR | os.O_NONBLOCK)
    while True:
        states = [folder.state for folder in list_folders(base) if not os.path.exists(folder.at("told"))]
        for state in states:
            if state["end"] is not None and state["id"] not in told:
                told.add(state["id"])
                print(json.dumps(state), flush=True)
        if all(state["end"] is not None for state in states):
            return
        if select.select([ends], [], [], 5)[0]:
            os.read(ends, CHUNK)


def tell(base, number):
    Folder(base, str(number)).write_text("told", "")


def main():
    operation, base, *rest = sys.argv[1:]
    if operation == "start":
        start(base, json.loads(rest[0]), rest[1])
    elif operation == "read":
        read(base, int(rest[0]), json.loads(rest[1]))
    elif operation == "watch":
        watch(base)
    elif operation == "tell":
        tell(base, int(rest[0]))


main()
