# The container's main process where commands are to be root: it makes the namespaces and keeps them, and buries what nobody else does.
# Docker's own init would be a mount below /usr, over which nothing can be laid then. Where the namespaces can't be made the container is
# an ordinary one, and the guest says why.
import os, time


def keep():
    try:
        enter_new()
        outcome = "root"
    except (OSError, KeyError) as error:
        outcome = str(error.strerror if isinstance(error, OSError) and error.strerror else error)
        refuse_more(givers=())
    with open(OUTCOME + ".new", "w") as file:
        file.write(outcome)
    os.rename(OUTCOME + ".new", OUTCOME)
    while True:
        try:
            os.wait()
        except ChildProcessError:
            time.sleep(1)


keep()
