# The guest's loop: requests come in as lines of JSON on stdin, packets go out on stdout, and nothing blocks either.
# A packet is its kind (A an answer, E the shell has ended, O output), its channel of output, the length of its payload, and
# the payload.
import json, os, select, signal, struct

REQUEST_BYTES = 65536


class Loop:
    def __init__(self):
        self.poll, self.handlers = select.poll(), {}
        self.requests, self.packets = [], []
        self.main = 1 if WANTS_ROOT else find_main_process()
        self.root_problem = join_root(self.main) if WANTS_ROOT else None
        self.spared = {1, self.main, os.getpid()}
        self.shell = OpenShell(self, [self.main, os.getpid()])
        self.separate = SeparateCommands(self, [self.main, os.getpid()])
        self.piped = PipedCommands(self, [self.main, os.getpid()])

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
        self.watch(0, select.POLLIN, self.read_requests)
        self.send_answer(0, {"ok": {"pid": os.getpid(), "rootProblem": self.root_problem}})
        while True:
            for fd, _ in self.poll.poll():
                if fd in self.handlers:
                    self.handlers[fd]()

    def watch_children(self):
        out, into = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(into)
        self.watch(out, select.POLLIN, lambda: self.handle_child_end(out))

    def handle_child_end(self, out):
        os.read(out, REQUEST_BYTES)
        while (child := reap_child()) is not None:
            pid, code = child
            if pid in self.separate.running:
                self.separate.finish_command(pid, code)
            elif pid in self.piped.running:
                self.piped.finish_command(pid, code)
            elif pid == self.shell.pid:
                self.send_packet(b"E", json.dumps(self.shell.finish_bash(code)).encode())

    def read_requests(self):
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
            self.handle_request(json.loads(line))

    def handle_request(self, request):
        try:
            if request["op"] == "runSeparate":
                return self.separate.start_command(request)
            if request["op"] == "runPiped":
                return self.piped.start_command(request)
            answer = {"ok": self.run_operation(request) or {}}
        except Refused as refused:
            answer = {"code": refused.code, "detail": refused.detail}
        except OSError as error:
            code, detail = REFUSALS.get(error.errno, ("sandboxFailed", os.strerror(error.errno or 0)))
            answer = {"code": code, "detail": detail}
        except Exception as error:
            answer = {"code": "sandboxFailed", "detail": "The sandbox failed: %s" % error}
        if "id" in request:
            self.send_answer(request["id"], answer)

    def run_operation(self, request):
        name, shell = request["op"], self.shell
        if name == "type":
            return shell.type_line(request)
        if name == "silence":
            return shell.silence()
        if name == "open":
            return shell.start_bash(request)
        if name == "kill":
            return self.kill_command(request)
        if name == "feed":
            return self.piped.feed(request)
        if name == "endMarked":
            return {"killed": end_marked(request["mark"], self.spared)}
        files = {"read": read_file, "write": write_file, "list": list_folder, "disk": measure_disk, "usage": measure_usage}
        return files[name](request)

    def kill_command(self, request):
        shell, mark = self.shell, request["mark"]
        # How old a command was when its end was asked for is less than it is by now: one that became another program at this
        # moment, whose mark can't be read, would seem to be from before it.
        begin = shell.since if shell.mark == mark else self.separate.find_begin(mark)
        since = read_ticks() - request["ageMs"] * TICKS // 1000 - 1 if begin is None else begin
        spared = self.spared | ({shell.pid} if shell.pid != request["shell"] else set())
        at = read_folder(request["shell"])
        return {"killed": end_command(mark, since, request["shell"], PROCESSES_MAX, spared), "folder": at}

    def leave(self):
        """Ends what is running, which nobody could end afterwards: the engine is gone, or a successor is here."""
        if self.shell.is_busy:
            end_command(self.shell.mark, self.shell.since, self.shell.pid, float("inf"), self.spared)
        self.shell.close()
        self.separate.close()
        self.piped.close()
        os._exit(0)

    @property
    def is_waiting_for_room(self):
        return 1 in self.handlers

    def send_answer(self, number, answer):
        self.send_packet(b"A", json.dumps({"id": number, **answer}).encode())

    def send_output(self, channel, data):
        self.send_packet(b"O", data, channel)

    def send_packet(self, kind, payload, channel=0):
        self.packets.append(struct.pack(">cII", kind, channel, len(payload)) + payload)
        if len(self.packets) == 1:
            self.flush()

    def flush(self):
        try:
            while self.packets:
                written = os.write(1, self.packets[0])
                if written < len(self.packets[0]):
                    self.packets[0] = self.packets[0][written:]
                else:
                    self.packets.pop(0)
        except BlockingIOError:
            self.shell.pause()
            self.separate.pause()
            self.piped.pause()
            self.watch(1, select.POLLOUT, self.flush)
            return
        except OSError:
            self.leave()
        if self.is_waiting_for_room:
            self.forget(1)
            self.shell.resume()
            self.separate.resume()
            self.piped.resume()


Loop().run()
