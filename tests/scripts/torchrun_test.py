"""Tests tise-eval under torchrun: 1, 2 and 8 processes, two "machines" at loopback addresses, and one process that is
killed and restarted. Each report must equal that of a run without a launcher, to 1e-5.

    TISE_EVAL=build/tise-eval python tests/scripts/torchrun_test.py

Needs Python's torch for its launcher.
"""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TISE_EVAL", str(ROOT / "build" / "tise-eval"))
LAUNCHER = [sys.executable, "-m", "torch.distributed.run", "--no-python"]
IMAGES = 48
TOLERANCE = 1e-5


def small_world(folder):
    """Copies some of the demo's images and captions. Returns the arguments of a run over them."""
    captions = json.loads((ROOT / "examples/shapes/captions.json").read_text())[:IMAGES]
    (folder / "images").mkdir()
    for item in captions:
        shutil.copy(ROOT / "examples/shapes/miscounting" / item["image"], folder / "images")
    (folder / "captions.json").write_text(json.dumps(captions))
    (folder / "real").mkdir()
    for image in sorted((ROOT / "examples/shapes/real").iterdir())[:IMAGES]:
        shutil.copy(image, folder / "real")
    return ["--models", "shapes", "--images", str(folder / "images"), "--captions", str(folder / "captions.json"),
            "--real", str(folder / "real"), "--batch-size", "1"]


def values(report):
    return {key: entry["value"] for key, entry in report["metrics"].items() if entry["value"] is not None}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def launch(processes, arguments, *, restarts=0, nodes=1, node=0, port=None):
    """Starts torchrun for one machine. Each machine has its own address."""
    port = port or free_port()
    place = ["--nnodes", str(nodes), "--nproc-per-node", str(processes), "--max-restarts", str(restarts),
             "--rdzv-backend", "c10d", "--rdzv-endpoint", f"127.0.0.1:{port}", "--rdzv-id", str(port),
             "--local-addr", f"127.0.0.{node + 1}"]
    place += ["--rdzv-conf", f"is_host={int(node == 0)}"]
    return subprocess.Popen([*LAUNCHER, *place, PROGRAM, *arguments], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, start_new_session=True)


def finish(*launchers):
    for launcher in launchers:
        _, said = launcher.communicate(timeout=300)
        if launcher.returncode != 0:
            sys.exit(f"torchrun ended with {launcher.returncode}:\n{said}")


def children(process):
    listed = subprocess.run(["pgrep", "-P", str(process.pid)], stdout=subprocess.PIPE, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def check(name, expected, output):
    got = values(json.loads(output.read_text()))
    worst = max(abs(got[key] - value) / max(abs(value), 1e-12) for key, value in expected.items())
    if got.keys() != expected.keys() or worst > TOLERANCE:
        sys.exit(f"{name}: got {got}, expected {expected}")
    print(f"{name}: {len(got)} metrics, largest relative difference {worst:.1e}")


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        arguments = small_world(folder)
        output = folder / "report.json"
        subprocess.run([PROGRAM, *arguments, "--output", str(output)], check=True, stderr=subprocess.DEVNULL)
        expected = values(json.loads(output.read_text()))

        def shared(name):
            output.unlink(missing_ok=True)
            return [*arguments, "--store", str(folder / name), "--output", str(output)]

        for processes in (1, 2, 8):
            finish(launch(processes, shared(f"store{processes}")))
            check(f"{processes} processes", expected, output)

        port = free_port()
        finish(*[launch(2, shared("store-nodes"), nodes=2, node=node, port=port) for node in range(2)])
        check("2 processes each at 127.0.0.1 and 127.0.0.2", expected, output)

        launcher = launch(2, shared("store-restarted"), restarts=1)
        while len(children(launcher)) < 2 or not list(folder.glob("store-restarted/*.safetensors")):
            with contextlib.suppress(subprocess.TimeoutExpired):
                sys.exit(f"torchrun ended too early, with {launcher.wait(timeout=0.02)}")
        os.kill(children(launcher)[1], signal.SIGKILL)
        finish(launcher)
        check("2 processes, one killed and restarted", expected, output)


if __name__ == "__main__":
    main()
