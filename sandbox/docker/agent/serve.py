# The agent's loop: requests come in as lines of JSON on stdin, frames go out on stdout, and nothing blocks either.
# A frame is its kind (A answer, E the shell has ended, O output), its lane of output, the length of its payload, and the
# payload.
import json, os, select, signal, struct

REQUEST_BYTES = 65536


class Loop:
    def __init__(self):
        self.poll, self.handlers = select.poll(), {}
        self.requests, self.frames = [], []
        self.main = main_process()
        self.spared = {1, self.main, os.getpid()}
        self.shell = Shell(self, [self.main, os.getpid()])
        self.apart = Apart(self, [self.main, os.getpid()])

    def watch(self, fd, events, handler):
        self.handlers[fd] = handler
        self.poll.register(fd, events)

    def forget(self, fd):
        if self.handlers.pop(fd, None):
            self.poll.unregister(fd)

    def run(self):
        try:
            end_predecessors(self.spared)
        except Superseded:
            return self.send_answer(0, {"code": "sessionMoved", "detail": "Another engine has the session now."})
        end_crowd(PROCESSES_MAX, self.spared)
        self.watch_children()
        signal.signal(signal.SIGTERM, lambda *_: self.leave())
        for fd in (0, 1):
            os.set_blocking(fd, False)
        self.watch(0, select.POLLIN, self.hear)
        self.send_answer(0, {"ok": {"pid": os.getpid()}})
        while True:
            for fd, _ in self.poll.poll():
                if fd in self.handlers:
                    self.handlers[fd]()

    def watch_children(self):
        out, into = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(into)
        self.watch(out, select.POLLIN, lambda: self.child_ended(out))

    def child_ended(self, out):
        os.read(out, REQUEST_BYTES)
        while (child := reaped()) is not None:
            pid, code = child
            if pid in self.apart.running:
                self.apart.ended(pid, code)
            elif pid == self.shell.pid:
                self.send(b"E", json.dumps(self.shell.ended(code)).encode())

    def hear(self):
        try:
            data = os.read(0, REQUEST_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.leave()
        self.requests.append(data)
        if b"\n" not in data:
            return
        *lines, rest = b"".join(self.requests).split(b"\n")
        self.requests = [rest]
        for line in lines:
            self.handle(json.loads(line))

    def handle(self, request):
        try:
            if request["op"] == "apart":
                return self.apart.start(request)
            answer = {"ok": self.operation(request) or {}}
        except Refused as refused:
            answer = {"code": refused.code, "detail": refused.detail}
        except OSError as error:
            code, detail = REFUSALS.get(error.errno, ("sandboxFailed", os.strerror(error.errno or 0)))
            answer = {"code": code, "detail": detail}
        except Exception as error:
            answer = {"code": "sandboxFailed", "detail": "The sandbox failed: %s" % error}
        if "id" in request:
            self.send_answer(request["id"], answer)

    def operation(self, request):
        name, shell = request["op"], self.shell
        if name == "type":
            return shell.type(request)
        if name == "hush":
            return shell.hush()
        if name == "open":
            return shell.open(request)
        if name == "kill":
            return self.kill(request)
        return {"read": read, "write": write, "list": entries}[name](request)

    def kill(self, request):
        shell, mark = self.shell, request["mark"]
        since = shell.since if shell.mark == mark else ticks_now() - request["ageMs"] * TICKS // 1000 - 1
        spared = self.spared | ({shell.pid} if shell.pid != request["shell"] else set())
        at = folder_of(request["shell"])
        return {"killed": end_command(mark, since, request["shell"], PROCESSES_MAX, spared), "folder": at}

    def leave(self):
        """The engine has gone, or a successor is here: what was running has nobody to end it any more."""
        if self.shell.is_busy:
            end_command(self.shell.mark, self.shell.since, self.shell.pid, float("inf"), self.spared)
        self.shell.close()
        self.apart.close()
        os._exit(0)

    @property
    def is_waiting_for_room(self):
        return 1 in self.handlers

    def send_answer(self, number, answer):
        self.send(b"A", json.dumps({"id": number, **answer}).encode())

    def send_output(self, lane, data):
        self.send(b"O", data, lane)

    def send(self, kind, payload, lane=0):
        self.frames.append(struct.pack(">cII", kind, lane, len(payload)) + payload)
        if len(self.frames) == 1:
            self.flush()

    def flush(self):
        try:
            while self.frames:
                written = os.write(1, self.frames[0])
                if written < len(self.frames[0]):
                    self.frames[0] = self.frames[0][written:]
                else:
                    self.frames.pop(0)
        except BlockingIOError:
            self.shell.wait_for_room()
            self.apart.wait_for_room()
            self.watch(1, select.POLLOUT, self.flush)
            return
        except OSError:
            self.leave()
        if self.is_waiting_for_room:
            self.forget(1)
            self.shell.go_on()
            self.apart.go_on()


Loop().run()
