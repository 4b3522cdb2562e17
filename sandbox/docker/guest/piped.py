# Programs beside the open bash that are spoken with over their standard input and output, as MCP servers are.
import os, select

# What a program may leave unread of its input before it is ended.
INPUT_BYTES_MAX = 8 * 1024 * 1024


class PipedCommands(SeparateCommands):
    def __init__(self, loop, spared):
        super().__init__(loop, spared)
        self.inputs, self.marks = {}, {}

    def start_command(self, request):
        """Starts a program; its answer is sent when it has ended."""
        channels = [Channel(request["channel"]), Channel(request["errors"])]
        stdin, into = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(into, False)
        pid = os.fork()
        if pid == 0:
            own = {**request["environment"], MARK_VARIABLE: request["mark"]}
            exec_as_command(request["program"], (stdin, *[channel.into for channel in channels]), own, self.spared)
        os.close(stdin)
        for channel in channels:
            channel.close_writer()
            self.watch_channel(channel)
        self.running[pid] = (request["id"], channels)
        self.inputs[request["channel"]] = Input(self.loop, into, pid)
        self.marks[pid] = request["mark"]

    def feed(self, request):
        """Gives a program more input; what comes for one that has ended is dropped."""
        if program_input := self.inputs.get(request["channel"]):
            program_input.add(request["text"].encode("utf-8", "replace"))

    def finish_command(self, pid, code):
        mark = self.marks.pop(pid)
        self.inputs.pop(self.running[pid][1][0].number).close()
        super().finish_command(pid, code)
        end_marked(mark, self.loop.spared)

    def close(self):
        for pid, mark in self.marks.items():
            kill_process(pid)
            end_marked(mark, self.loop.spared)


class Input:
    def __init__(self, loop, fd, pid):
        self.loop, self.fd, self.pid = loop, fd, pid
        self.pending = b""

    def add(self, data):
        self.pending += data
        if len(self.pending) > INPUT_BYTES_MAX:
            kill_process(self.pid)
        self.write_pending()

    def write_pending(self):
        try:
            while self.pending:
                self.pending = self.pending[os.write(self.fd, self.pending[:CHUNK]) :]
            self.loop.forget(self.fd)
        except BlockingIOError:
            self.loop.watch(self.fd, select.POLLOUT, self.write_pending)
        except OSError:
            self.pending = b""  # It reads no more; its end is told when it has ended.
            self.loop.forget(self.fd)

    def close(self):
        self.loop.forget(self.fd)
        os.close(self.fd)
