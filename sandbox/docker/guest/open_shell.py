# The bash that stays open, and the channels its commands print on: one pipe for each command, so that what an earlier one
# left in the background neither mixes with the next one's output nor waits for a reader.
import os, select, signal

# A chunk with its packet's header still fits into a pipe at once.
PIPE_BYTES = 65536
CHUNK = PIPE_BYTES - 4096
CHANNELS_MAX = 256
BASH = ["bash", "--noprofile", "--norc"]


class Channel:
    def __init__(self, number):
        self.number, self.is_wanted = number, True
        self.out, self.into = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.out, False)

    def close_writer(self):
        if self.into >= 0:
            os.close(self.into)
        self.into = -1


class OpenShell:
    def __init__(self, loop, spared):
        self.loop, self.spared = loop, spared
        self.pid = self.stdin = 0
        self.mark, self.since = "", 0
        self.pending = b""
        self.channels = []
        self.number = 0

    def start_bash(self, request):
        self.close()
        self.number = request["shell"]
        stdin, self.stdin = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.stdin, False)
        try:
            self.pid = os.fork()
        except OSError:
            self.pid = 0
            self.close()
            raise
        if self.pid == 0:
            nothing = os.open("/dev/null", os.O_WRONLY)
            exec_as_command(BASH, (stdin, nothing, nothing), {SHELL_VARIABLE: "1"}, self.spared)
        os.close(stdin)
        return {"pid": self.pid}

    def type_line(self, request):
        """Gives bash a line to run, and a channel to print on."""
        if not self.pid:
            return
        channel = self.open_channel(request["channel"])
        text = "\\exec %d>/proc/%d/fd/%d\n%s" % (request["fd"], os.getpid(), channel.into, request["text"])
        self.mark, self.since = request["mark"], read_ticks()
        self.pending += text.encode("utf-8", "replace")
        self.write_pending()

    def silence(self):
        """Stops sending what is printed; it is still read, so that no background process blocks on a full pipe."""
        for channel in self.channels:
            channel.is_wanted = False
            channel.close_writer()
            self.loop.watch(channel.out, select.POLLIN, lambda channel=channel: self.read_channel(channel))

    @property
    def is_busy(self):
        return any(channel.is_wanted for channel in self.channels)

    def pause(self):
        for channel in self.channels:
            if channel.is_wanted:
                self.loop.forget(channel.out)

    def resume(self):
        for channel in self.channels:
            self.loop.watch(channel.out, select.POLLIN, lambda channel=channel: self.read_channel(channel))

    def open_channel(self, number):
        self.silence()
        if len(self.channels) >= CHANNELS_MAX:
            self.close_channel(self.channels[0])
        channel = Channel(number)
        self.channels.append(channel)
        if not self.loop.is_waiting_for_room:
            self.loop.watch(channel.out, select.POLLIN, lambda: self.read_channel(channel))
        return channel

    def read_channel(self, channel):
        """@returns whether there may be more"""
        try:
            data = os.read(channel.out, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.close_channel(channel)
        elif channel.is_wanted:
            self.loop.send_output(channel.number, data)
        return bool(data)

    def close_channel(self, channel):
        self.loop.forget(channel.out)
        self.channels.remove(channel)
        os.close(channel.out)
        channel.close_writer()

    def write_pending(self):
        try:
            while self.pending:
                self.pending = self.pending[os.write(self.stdin, self.pending[:CHUNK]) :]
            self.loop.forget(self.stdin)
        except BlockingIOError:
            self.loop.watch(self.stdin, select.POLLOUT, self.write_pending)
        except OSError:
            self.pending = b""  # Bash has ended; `finish_bash` reports its end.
            self.loop.forget(self.stdin)

    def finish_bash(self, code):
        """@returns how bash ended, with its output handed on before"""
        for channel in [channel for channel in self.channels if channel.is_wanted]:
            # What bash printed is in the pipe by now; what comes later is from background processes.
            for _ in range(PIPE_BYTES // CHUNK + 1):
                if channel in self.channels:
                    self.read_channel(channel)
        self.pid = 0
        self.close()
        return {"shell": self.number, "exitCode": code}

    def close(self):
        if self.stdin:
            self.loop.forget(self.stdin)
            os.close(self.stdin)
        if self.pid:
            kill_process(self.pid)
        self.pid = self.stdin = 0
        self.pending = b""
        self.silence()


def reap_child():
    """@returns a child that has ended, and its exit code as a shell would say it"""
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    code = os.waitstatus_to_exitcode(status)
    return (pid, code if code >= 0 else 128 - code) if pid else None


def exec_as_command(program, descriptors, own_environment, spared):
    try:
        os.setsid()  # With a group of its own, `kill 0` in a command doesn't reach the guest.
        for to, fd in enumerate(descriptors):
            os.dup2(fd, to)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        # Out of memory, commands are killed before the guest and the container's main process.
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
        environment = {name: value for name, value in os.environ.items() if name != EPOCH_VARIABLE}
        guard_processes(spared)
        os.execvpe(program[0], program, {**environment, **own_environment})
    finally:
        os._exit(127)
