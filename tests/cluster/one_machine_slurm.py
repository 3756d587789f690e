"""A Slurm cluster on this machine alone, for tests: the real slurmctld and slurmd, on loopback, as root.

By hand, beside a command, with its files in a folder that is made:

    python tests/cluster/one_machine_slurm.py FOLDER COMMAND ...
"""

import argparse
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PROGRAMS = ("slurmctld", "slurmd", "sbatch")
# A job's step forgets SLURM_CONF, so that its own srun looks here.
SYSTEM_CONF = Path("/etc/slurm/slurm.conf")
FIRST_LINE = "# one_machine_slurm.py"


def why_not() -> str | None:
    """In one line, why no Slurm can be started here; None if it can."""
    if os.geteuid() != 0:
        return "slurmctld and slurmd must be started as root"
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        return f"{', '.join(missing)} not found: apt-get install slurmctld slurmd slurm-client (Debian, Ubuntu)"
    if SYSTEM_CONF.exists() and not SYSTEM_CONF.read_text().startswith(FIRST_LINE):
        return f"another Slurm is set up here: {SYSTEM_CONF}"
    return None


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _configuration(folder: Path, cpus: int, memory: int) -> str:
    controller, node = _free_ports(2)
    return f"""{FIRST_LINE}
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort={controller}
SlurmUser=root
# nobody else is on this cluster
AuthType=auth/none
CredType=cred/none
StateSaveLocation={folder}/controller
SlurmdSpoolDir={folder}/node
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
# a process whose parent is dead still belongs to its job
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
# look once a second at the memory of each job, and kill what has more than it asked for
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0,defer_batch
ReturnToService=2
MinJobAge=300
KillWait=3
# more CPUs than there are: most of the time of a tiny job is spent waiting
SlurmdParameters=config_overrides
NodeName=node1 NodeHostname=localhost NodeAddr=127.0.0.1 Port={node} CPUs={cpus} RealMemory={memory} State=UNKNOWN
PartitionName=main Nodes=node1 Default=YES MaxTime=60 State=UP
"""


def _wait_until(condition: Callable[[], bool], daemon: subprocess.Popen, log: Path) -> None:
    """RuntimeError with the daemon's log if it ends before, or after a minute."""
    last = time.monotonic() + 60
    while not condition():
        if daemon.poll() is not None or time.monotonic() > last:
            raise RuntimeError(f"{log.name}:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def _said(*command: str) -> str:
    return subprocess.run(command, text=True, capture_output=True, check=False).stdout


@contextlib.contextmanager
def slurm(folder: Path, *, cpus: int = 4, memory: int = 8000) -> Iterator[None]:
    """A cluster of one node of `cpus` CPUs and `memory` MB, whose files are in a folder; its jobs end with it.

    SLURM_CONF is set meanwhile. Raises RuntimeError where `why_not` has an answer.
    """
    if reason := why_not():
        raise RuntimeError(reason)
    for name in ("controller", "node"):
        (folder / name).mkdir(parents=True)
    conf = folder / "slurm.conf"
    conf.write_text(_configuration(folder, cpus, memory))
    (folder / "cgroup.conf").write_text(
        "CgroupPlugin=cgroup/v1\n"
    )  # slurmd reads it though nothing here uses cgroups
    SYSTEM_CONF.unlink(missing_ok=True)
    SYSTEM_CONF.symlink_to(conf)
    os.environ["SLURM_CONF"] = str(conf)

    daemons: list[subprocess.Popen] = []

    def start(*command: str, until: Callable[[], bool]) -> None:
        log = folder / f"{command[0]}.log"
        with log.open("w") as file:
            # a daemon ends with who started it, even by SIGKILL
            words = ["setpriv", "--pdeathsig=TERM", *command]
            daemons.append(subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=file, stderr=file))
        _wait_until(until, daemons[-1], log)

    try:
        start("slurmctld", "-D", "-c", until=lambda: "UP" in _said("scontrol", "ping"))
        start("slurmd", "-D", "-N", "node1", until=lambda: _said("sinfo", "--noheader", "--format=%T") == "idle\n")
        yield
        subprocess.run(["scancel", "--user=root", "--full"], check=False)
        _wait_until(lambda: not _said("squeue", "--noheader"), daemons[-1], folder / "slurmd.log")
    finally:
        for daemon in reversed(daemons):
            daemon.terminate()
            daemon.wait(timeout=60)
        del os.environ["SLURM_CONF"]
        SYSTEM_CONF.unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--why-not", action="store_true", help="say in one line why it cannot be started here, if so")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    args = parser.parse_args()
    if reason := why_not():
        print(f"no Slurm here: {reason}")
        return 1
    if args.why_not:
        return 0
    with slurm(args.folder.resolve()):
        return subprocess.run(args.command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
