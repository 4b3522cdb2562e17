# What the container uses, as its control group counts it: of the unified kind, or one for each controller.


def read_text(path):
    with open("/sys/fs/cgroup/" + path) as file:
        return file.read()


def read_either(unified, single):
    try:
        return read_text(unified)
    except OSError:
        return read_text(single)


def read_field(text, *names):
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in names:
            return int(value)
    return 0


def measure_usage(request):
    used = int(read_either("memory.current", "memory/memory.usage_in_bytes"))
    # What the kernel keeps of files only as long as nobody wants the room is left out.
    idle = read_field(read_either("memory.stat", "memory/memory.stat"), "total_inactive_file", "inactive_file")
    try:
        cpu_ms = read_field(read_text("cpu.stat"), "usage_usec") // 1000
    except OSError:
        cpu_ms = int(read_text("cpuacct/cpuacct.usage")) // 1000000
    processes = int(read_either("pids.current", "pids/pids.current"))
    return {"cpuMs": cpu_ms, "memoryBytes": max(0, used - idle), "processes": processes}
