# Commands beside the open bash, each in a process and on a lane of its own: for tools, whose output is theirs alone.
import os, select


class Apart:
    def __init__(self, loop, spared):
        self.loop, self.spared = loop, spared
        self.running = {}

    def start(self, request):
        """The answer comes when it has ended."""
        lane = Lane(request["lane"])
        self.watch(lane)
        pid = os.fork()
        if pid == 0:
            nothing = os.open("/dev/null", os.O_RDONLY)
            own = {"LUCID_COMMAND": request["mark"]}
            become([*BASH, "-c", request["text"]], (nothing, lane.into, lane.into), own, self.spared)
        lane.close_writer()
        self.running[pid] = (request["id"], lane)

    def watch(self, lane):
        if not self.loop.is_waiting_for_room:
            self.loop.watch(lane.out, select.POLLIN, lambda: self.take(lane))

    def take(self, lane):
        """@returns whether there may be more"""
        try:
            data = os.read(lane.out, CHUNK)
        except BlockingIOError:
            return False
        if data:
            self.loop.send_output(lane.number, data)
        else:
            self.loop.forget(lane.out)
        return bool(data)

    def ended(self, pid, code):
        """What it has left running prints to nobody from here on."""
        number, lane = self.running.pop(pid)
        for _ in range(PIPE_BYTES // CHUNK + 1):
            if not self.take(lane):
                break
        self.loop.forget(lane.out)
        os.close(lane.out)
        self.loop.send_answer(number, {"ok": {"exitCode": code}})

    def wait_for_room(self):
        for _, lane in self.running.values():
            self.loop.forget(lane.out)

    def go_on(self):
        for _, lane in self.running.values():
            self.watch(lane)

    def close(self):
        for pid in self.running:
            end(pid)
