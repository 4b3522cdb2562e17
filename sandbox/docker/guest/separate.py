# Commands beside the open bash, each in a process and on a channel of its own, so that a tool gets no other output.
import os, select


class SeparateCommands:
    def __init__(self, loop, spared):
        self.loop, self.spared = loop, spared
        self.running = {}
        self.begun = {}

    def start_command(self, request):
        """Starts a command; its answer is sent when it has ended."""
        channel = Channel(request["channel"])
        self.watch_channel(channel)
        ticks = read_ticks()
        pid = os.fork()
        if pid == 0:
            nothing = os.open("/dev/null", os.O_RDONLY)
            own = {MARK_VARIABLE: request["mark"]}
            exec_as_command([*BASH, "-c", request["text"]], (nothing, channel.into, channel.into), own, self.spared)
        channel.close_writer()
        self.running[pid] = (request["id"], [channel])
        self.begun[pid] = (request["mark"], ticks)

    def find_begin(self, mark):
        """@returns the tick before which no process of that command was, or None where it doesn't run any more"""
        return next((ticks for own, ticks in self.begun.values() if own == mark), None)

    def watch_channel(self, channel):
        if not self.loop.is_waiting_for_room:
            self.loop.watch(channel.out, select.POLLIN, lambda: self.read_channel(channel))

    def read_channel(self, channel):
        """@returns whether there may be more"""
        try:
            data = os.read(channel.out, CHUNK)
        except BlockingIOError:
            return False
        if data:
            self.loop.send_output(channel.number, data)
        else:
            self.loop.forget(channel.out)
        return bool(data)

    def finish_command(self, pid, code):
        """Sends the last output; what the command left running is not read any more."""
        number, channels = self.running.pop(pid)
        self.begun.pop(pid, None)
        for channel in channels:
            for _ in range(PIPE_BYTES // CHUNK + 1):
                if not self.read_channel(channel):
                    break
            self.loop.forget(channel.out)
            os.close(channel.out)
        self.loop.send_answer(number, {"ok": {"exitCode": code}})

    def pause(self):
        for _, channels in self.running.values():
            for channel in channels:
                self.loop.forget(channel.out)

    def resume(self):
        for _, channels in self.running.values():
            for channel in channels:
                self.watch_channel(channel)

    def close(self):
        for pid in self.running:
            kill_process(pid)
