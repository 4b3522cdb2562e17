# Keeps commands from ending, by mistake, the guest and the container's main process: `kill -9 -1`, `pkill -9 -u agent`.
# A container that ends takes the workspace with it. A command that ends it on purpose harms its own session only.
import os, struct

# By machine: its number for seccomp, and those of kill, tkill, tgkill, rt_sigqueueinfo, pidfd_open.
MACHINES = {"x86_64": (0xC000003E, (62, 200, 234, 129, 434)), "aarch64": (0xC00000B7, (129, 130, 131, 138, 434))}
LOAD, EQUALS, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # 1 is EPERM.
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2


def build_filter(machine, calls, pids):
    # (code, jump if so, jump if not, value); jumps count instructions. Every path ends at one of the last two.
    shape = [(LOAD, "", "", 4), (EQUALS, "", "allow", machine), (LOAD, "", "", 0)]
    shape += [(EQUALS, "check", "", call) for call in calls] + [(RETURN, "", "", ALLOW)]
    check = len(shape)
    shape += [(LOAD, "", "", 16)] + [(EQUALS, "refuse", "", pid & 0xFFFFFFFF) for pid in pids]
    shape += [(RETURN, "", "", ALLOW), (RETURN, "", "", REFUSE)]
    places = {"check": check, "allow": len(shape) - 2, "refuse": len(shape) - 1}
    jump = lambda name, at: places[name] - at - 1 if name else 0
    return b"".join(
        struct.pack("=HBBI", code, jump(so, at), jump(other, at), value)
        for at, (code, so, other, value) in enumerate(shape)
    )


def guard_processes(pids):
    """Keeps this process and all that it starts from signalling those processes, singly or all at once."""
    known = MACHINES.get(os.uname().machine)
    if not known:
        return
    try:
        import ctypes

        code = build_filter(*known, [-1] + [sign * pid for pid in pids for sign in (1, -1)])
        held = ctypes.create_string_buffer(code)
        header = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
        prctl = ctypes.CDLL(None).prctl
        prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        prctl(SECCOMP, FILTER, ctypes.c_char_p(header), 0, 0)
    except (ImportError, OSError, AttributeError):
        pass  # Without the filter a command can end its own sandbox by mistake.
