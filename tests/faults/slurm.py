"""A SLURM of one machine from Debian's packages, unpacked in a folder: no installation, no accounts, loopback only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

__all__ = ["Slurm", "Unavailable", "unpack"]

PACKAGES = (
    "slurmctld", "slurmd", "slurm-client", "slurm-wlm-basic-plugins", "libhwloc15", "liblua5.1-0", "libmunge2",
)  # fmt: skip
CONFIGURATION = """
ClusterName=faults
SlurmctldHost=localhost
AuthType=auth/none
CredType=cred/none
SlurmUser=root
SlurmctldPort={port}
SlurmdPort={other_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
PluginDir={libraries}/slurm-wlm
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
KillWait=5
NodeName=localhost CPUs=8 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Unavailable(Exception):  # noqa: N818
    """Why there can be no SLURM here."""


class Slurm:
    """A running controller with one node of eight processors; its commands are called with their names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        unpack(PACKAGES, self.root)
        libraries = self.root / "usr/lib/x86_64-linux-gnu"
        for name in ("state", "spool"):
            (folder / name).mkdir()
        port, other_port = free_ports(2)
        settings = {"folder": folder, "libraries": libraries}
        text = CONFIGURATION.format(port=port, other_port=other_port, **settings)
        (folder / "slurm.conf").write_text(text)
        self.environment = {
            "LD_LIBRARY_PATH": f"{libraries}:{libraries}/slurm-wlm",
            "SLURM_CONF": str(folder / "slurm.conf"),
            "PATH": f"{self.root}/usr/bin:{os.environ['PATH']}",
        }
        self.daemons = [self._start("slurmctld-wlm", "-D")]
        stepd = self.root / "usr/sbin/slurmstepd-wlm"
        self.daemons.append(self._start("slurmd-wlm", "-D", "-N", "localhost", "-d", str(stepd)))
        end = time.monotonic() + 60
        while "idle" not in self.run("sinfo", "-h", "-o", "%T", check=False):
            if time.monotonic() > end:
                self.stop()
                raise Unavailable("SLURM's node does not start")
            time.sleep(0.5)

    def _start(self, daemon: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{daemon}.out").open("wb") as log:
            return subprocess.Popen(
                [str(self.root / "usr/sbin" / daemon), *arguments],
                env=os.environ | self.environment, stdout=log, stderr=log,
            )  # fmt: skip

    def run(
        self, *command: str, cwd: Path | None = None, check: bool = True, **environment: str
    ) -> str:
        done = subprocess.run(
            [str(self.root / "usr/bin" / command[0]), *command[1:]],
            env=os.environ | self.environment | environment,
            cwd=cwd, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def submit(self, script: Path, *options: str, **environment: str) -> str:
        """Number of the job."""
        return self.run(
            "sbatch", "--parsable", *options, script.name, cwd=script.parent, **environment
        ).strip()

    def wait(self, job: str, seconds: float = 300) -> None:
        """Until no task of a job is queued or runs."""
        end = time.monotonic() + seconds
        while self.run("squeue", "-h", "-j", job, check=False).strip():
            assert time.monotonic() < end, self.run("squeue")
            time.sleep(0.5)

    def requeue(self, task: str) -> None:
        """Kill a task and queue it again, without the two minutes that SLURM waits before it starts."""
        self.run("scontrol", "requeue", task)
        end = time.monotonic() + 60
        while "PENDING" not in self.run("scontrol", "show", "job", task):
            assert time.monotonic() < end
            time.sleep(0.2)
        self.run("scontrol", "update", f"jobid={task}", "StartTime=now")

    def stop(self) -> None:
        self.run("scancel", "--full", "--user", "root", check=False)
        end = time.monotonic() + 30
        while self.run("squeue", "-h", check=False).strip() and time.monotonic() < end:
            time.sleep(0.5)
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()


def unpack(packages: tuple[str, ...], root: Path) -> None:
    """Unpack Debian packages; nothing is installed.

    Raises
    ------
    Unavailable
        If there is no apt, no root, or no such package.
    """
    if os.geteuid() != 0:
        raise Unavailable("SLURM without accounts needs root")
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise Unavailable("no apt-get: SLURM is taken from Debian's packages")
    folder = root.parent / "packages"
    lists = folder / "lists"
    lists.mkdir(parents=True)
    # Lists and files in a folder of its own; the system's stay as they are.
    apt = ["apt-get", "-qq", "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={folder}"]
    apt += ["-o", "APT::Sandbox::User=root"]
    for command in (["update"], ["download", *packages]):
        done = subprocess.run([*apt, *command], cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise Unavailable(f"no Debian packages {', '.join(packages)}: {done.stderr.strip()}")
    for file in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", file, root], check=True)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
