# The container's processes: which of them a command started, and how they are ended.
import os, re, signal, time

# Environments say whose a process is: a guest's has its owner's epoch, a bash's that it is one, a command's its mark.
# Guests of earlier engines have the same names.
EPOCH_VARIABLE, SHELL_VARIABLE, MARK_VARIABLE = "LUCID_AGENT", "LUCID_SHELL", "LUCID_COMMAND"
GUEST = re.compile(rb"(?:^|\0)" + EPOCH_VARIABLE.encode() + rb"=([0-9]*)")
MARK = re.compile(rb"(?:^|\0)" + MARK_VARIABLE.encode() + rb"=([0-9a-f]*)")
TICKS = os.sysconf("SC_CLK_TCK")
# A fork that was under way when all were stopped brings its child, stopped, after the first listing; the second has it.
LISTINGS_MAX = 8


class Process:
    def __init__(self, pid):
        self.pid = pid
        fields = read_proc(pid, "stat").rpartition(b")")[2].split()
        self.is_alive = len(fields) > 19 and fields[0] not in (b"Z", b"X")
        self.parent = int(fields[1]) if self.is_alive else 0
        # Docker starts guests by an exec, such as the one that succeeds this; commands can't start such a process.
        self.is_from_outside = self.is_alive and self.parent == 0
        self.threads = int(fields[17]) if self.is_alive else 1
        self.started = int(fields[19]) if self.is_alive else 0
        self.environment = read_proc(pid, "environ")
        mark = MARK.search(self.environment)
        self.mark = mark.group(1).decode() if mark else None


def read_proc(pid, name):
    try:
        with open("/proc/%d/%s" % (pid, name), "rb") as file:
            return file.read()
    except OSError:
        return b""


def list_processes():
    return [Process(int(name)) for name in os.listdir("/proc") if name.isdigit()]


def read_folder(pid):
    try:
        return os.readlink("/proc/%d/cwd" % pid)
    except OSError:
        return None


def read_ticks():
    # Processes have their start time in the same unit: clock ticks since the machine started.
    return int(time.clock_gettime(time.CLOCK_BOOTTIME) * TICKS)


def find_main_process():
    # The container's main process is the first child of its init. Numbers below it are never given out again.
    return min((process.pid for process in list_processes() if process.parent == 1), default=0)


def end_command(mark, since, shell, limit, spared):
    """Ends what carries the mark, what began since then under the shell or wiped its environment, and the shell.
    Near the limit of processes it ends all but the spared: whose they are can't be told from a fork bomb's.
    """
    def victims(found):
        for process in found.values():
            is_unmarked = process.mark is None and process.started >= since
            is_its = process.pid == shell or process.mark == mark or is_unmarked
            if is_its or is_descendant(process, shell, since, found):
                yield process.pid

    return end_among(spared, lambda found: list(found) if is_crowd(found, limit) else list(victims(found)))


def end_marked(mark, spared):
    """Ends what carries the mark, and nothing else."""
    return end_among(spared, lambda found: [process.pid for process in found.values() if process.mark == mark])


def end_crowd(limit, spared):
    """Ends all but the spared where nearly all processes are taken, so that a new guest can start some."""
    if len(os.listdir("/proc")) >= 0.5 * limit:
        end_among(spared, lambda found: list(found) if is_crowd(found, limit) else [])


def is_machine_root():
    with open("/proc/self/uid_map") as file:
        return os.getuid() == 0 and file.read().split()[1] == "0"


def is_crowd(found, limit):
    return sum(process.threads for process in found.values()) >= 0.9 * limit


def end_among(spared, choose):
    if is_machine_root():
        raise RuntimeError("Not as root: outside of a container this would stop the whole machine.")
    signal_others(signal.SIGSTOP)  # All are stopped at once before they are listed, so that none forks meanwhile.
    victims = set()
    try:
        for _ in range(LISTINGS_MAX):
            found = {process.pid: process for process in list_processes() if process.pid not in spared}
            more = {pid for pid in choose(found) if not found[pid].is_from_outside} - victims
            for pid in more:
                kill_process(pid)
            victims |= more
            if not more:
                break
    finally:
        signal_others(signal.SIGCONT)
    until = time.monotonic() + 0.5
    return sum(1 for pid in victims if has_gone(pid, until))


def is_descendant(process, shell, since, found):
    # Only what began since then counts, because what an earlier command left running may start processes, too.
    while process is not None and process.started >= since:
        if process.parent == shell:
            return True
        process = found.get(process.parent)
    return False


class Superseded(Exception):
    """The session has a later owner, whose guest is at work here."""


def end_predecessors(spared):
    """Ends guests that were left behind, and their shells: two of them would stop each other.
    They are asked first, because they end what they were running, as they do when they lose the engine.
    """
    others = [process for process in list_processes() if process.pid not in spared]
    if any(process.is_from_outside and epoch_of(process) > own_epoch() for process in others):
        raise Superseded()
    left = [process.pid for process in others if is_predecessor(process)]
    for pid in left:
        signal_process(pid, signal.SIGTERM)
    until = time.monotonic() + 0.3
    for pid in left:
        if not has_gone(pid, until):
            kill_process(pid)


def is_predecessor(process):
    is_shell = b"\0" + SHELL_VARIABLE.encode() + b"=" in b"\0" + process.environment and process.mark is None
    return is_shell or GUEST.search(process.environment)


def epoch_of(process):
    found = GUEST.search(process.environment)
    return int(found.group(1) or 0) if found else 0


def own_epoch():
    return int(os.environ[EPOCH_VARIABLE])


def kill_process(pid):
    signal_process(pid, signal.SIGKILL)


def signal_process(pid, number):
    try:
        os.kill(pid, number)
    except OSError:
        pass  # The process has ended already, or is another account's.


def signal_others(number):
    try:
        os.kill(-1, number)
    except OSError:
        pass  # There is no other process.


def has_gone(pid, until):
    while Process(pid).is_alive and time.monotonic() < until:
        time.sleep(0.002)
    return not Process(pid).is_alive
