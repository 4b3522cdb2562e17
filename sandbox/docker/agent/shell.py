# The bash that stays open, and the lanes its commands print on: one pipe for each command, so that what an earlier one
# left in the background neither mixes with the next one's output nor waits for a reader.
import os, select, signal

# A chunk with its frame's header still fits into a pipe at once.
PIPE_BYTES = 65536
CHUNK = PIPE_BYTES - 4096
LANES_MAX = 256
BASH = ["bash", "--noprofile", "--norc"]


class Lane:
    def __init__(self, number):
        self.number, self.is_wanted = number, True
        self.out, self.into = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self.out, False)

    def close_writer(self):
        if self.into >= 0:
            os.close(self.into)
        self.into = -1


class Shell:
    def __init__(self, loop, spared):
        self.loop, self.spared = loop, spared
        self.pid = self.stdin = 0
        self.mark, self.since = "", 0
        self.pending = b""
        self.lanes = []
        self.number = 0

    def open(self, request):
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
            become(BASH, (stdin, nothing, nothing), {"LUCID_SHELL": "1"}, self.spared)
        os.close(stdin)
        return {"pid": self.pid}

    def type(self, request):
        """Gives bash a line, and a lane to print on."""
        if not self.pid:
            return
        lane = self.new_lane(request["lane"])
        text = "\\exec %d>/proc/%d/fd/%d\n%s" % (request["fd"], os.getpid(), lane.into, request["text"])
        self.mark, self.since = request["mark"], ticks_now()
        self.pending += text.encode("utf-8", "replace")
        self.feed()

    def hush(self):
        """Nothing more of what was printed so far is wanted; it is still taken, so that nobody waits."""
        for lane in self.lanes:
            lane.is_wanted = False
            lane.close_writer()
            self.loop.watch(lane.out, select.POLLIN, lambda lane=lane: self.take(lane))

    @property
    def is_busy(self):
        return any(lane.is_wanted for lane in self.lanes)

    def wait_for_room(self):
        for lane in self.lanes:
            if lane.is_wanted:
                self.loop.forget(lane.out)

    def go_on(self):
        for lane in self.lanes:
            self.loop.watch(lane.out, select.POLLIN, lambda lane=lane: self.take(lane))

    def new_lane(self, number):
        self.hush()
        if len(self.lanes) >= LANES_MAX:
            self.drop(self.lanes[0])
        lane = Lane(number)
        self.lanes.append(lane)
        if not self.loop.is_waiting_for_room:
            self.loop.watch(lane.out, select.POLLIN, lambda: self.take(lane))
        return lane

    def take(self, lane):
        """@returns whether there may be more"""
        try:
            data = os.read(lane.out, CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.drop(lane)
        elif lane.is_wanted:
            self.loop.send_output(lane.number, data)
        return bool(data)

    def drop(self, lane):
        self.loop.forget(lane.out)
        self.lanes.remove(lane)
        os.close(lane.out)
        lane.close_writer()

    def feed(self):
        try:
            while self.pending:
                self.pending = self.pending[os.write(self.stdin, self.pending[:CHUNK]) :]
            self.loop.forget(self.stdin)
        except BlockingIOError:
            self.loop.watch(self.stdin, select.POLLOUT, self.feed)
        except OSError:
            self.pending = b""  # Bash has ended; whoever waits for it hears so.
            self.loop.forget(self.stdin)

    def ended(self, code):
        """@returns how bash ended, with its output handed on before"""
        for lane in [lane for lane in self.lanes if lane.is_wanted]:
            # What it printed is in the pipe by now; what comes later is of the background.
            for _ in range(PIPE_BYTES // CHUNK + 1):
                if lane in self.lanes:
                    self.take(lane)
        self.pid = 0
        self.close()
        return {"shell": self.number, "exitCode": code}

    def close(self):
        if self.stdin:
            self.loop.forget(self.stdin)
            os.close(self.stdin)
        if self.pid:
            end(self.pid)
        self.pid = self.stdin = 0
        self.pending = b""
        self.hush()


def reaped():
    """@returns a child that has ended, and its exit code as a shell would say it"""
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    code = os.waitstatus_to_exitcode(status)
    return (pid, code if code >= 0 else 128 - code) if pid else None


def become(program, descriptors, own_environment, spared):
    try:
        os.setsid()  # So that `kill 0` in a command reaches its own group and not the agent.
        for to, fd in enumerate(descriptors):
            os.dup2(fd, to)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        # Out of memory, commands go before the agent and what the container lives by.
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
        environment = {name: value for name, value in os.environ.items() if name != "LUCID_AGENT"}
        guard(spared)
        os.execvpe(program[0], program, {**environment, **own_environment})
    finally:
        os._exit(127)
