"""Shared by the campaign scripts in this folder: the program, a `serve` with its log, a slot that is due soon, and the
ledger in SQLite or in a PostgreSQL server of its own."""

import json
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from datetime import datetime, timedelta, timezone

TOP = pathlib.Path(__file__).resolve().parent.parent
CONNECTIONS = 8
# How long anything may take until it counts as stuck, in seconds.
PATIENCE = 180


def binary():
    """That of GREENBRIEF_BIN, else a release build."""
    if given := os.environ.get("GREENBRIEF_BIN"):
        return str(pathlib.Path(given).resolve())
    build = ["cargo", "build", "--release", "--locked", "--bin", "greenbrief"]
    told = subprocess.run(
        [*build, "--message-format", "json-render-diagnostics"],
        cwd=TOP,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    built = [json.loads(line).get("executable") for line in told.stdout.splitlines()]
    return next(path for path in reversed(built) if path)


def environment(url=None):
    """Ours, with this database and a log that tells of each mail."""
    given = {**os.environ, "GREENBRIEF_LOG": "debug"}
    given.pop("GREENBRIEF_DATABASE_URL", None)
    return given | ({"GREENBRIEF_DATABASE_URL": url} if url else {})


def schedule_in(folder, seconds):
    """Puts the brief's one slot so far ahead. It is one date of the year, so that there is one edition only."""
    slot = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=seconds)
    file = folder / "config/briefs/green-economy.toml"
    cron = f"{slot.second} {slot.minute} {slot.hour} {slot.day} {slot.month} *"
    text = re.sub(r'(?m)^cron = ".*"', f'cron = "{cron}"', file.read_text("utf-8"))
    text = text.replace('timezone = "Europe/Berlin"', 'timezone = "UTC"', 1)
    file.write_text(text, "utf-8")


def own_addresses(folder):
    """`serve` sends nothing with the addresses of the shipped config, which are examples."""
    settings = folder / "config/greenbrief.toml"
    text = settings.read_text()
    settings.write_text(text.replace("example.org", "greenbrief.dev").replace("Example Street", "Ringstraße"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Serve:
    """A `serve` and its log, read while it runs. Several may tell one queue what they say. `more` are further settings."""

    def __init__(self, program, folder, port, url=None, fresh=None, more=()):
        words = [program, "serve", "--format", "json"]
        words += ["--set", "mail.transport=smtp", "--set", "mail.host=127.0.0.1", "--set", f"mail.port={port}"]
        words += ["--set", "mail.tls=none", "--set", f"mail.connections={CONNECTIONS}"]
        # The mails that are counted are the edition's alone.
        words += ["--set", "operators.after_edition=false"]
        words += [word for one in more for word in ("--set", one)]
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            words,
            cwd=folder,
            env=environment(url),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines, self.fresh = [], fresh or queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            try:
                event = json.loads(line)
            except ValueError:
                event = {"message": line.strip()}
            self.lines.append(event)
            self.fresh.put(event)
        self.fresh.put(None)

    def wait_for(self, reached, patience=PATIENCE):
        """Waits until `reached(event)` is true of a line; false if the program ended or nothing came."""
        until = time.monotonic() + patience
        while (left := until - time.monotonic()) > 0:
            try:
                event = self.fresh.get(timeout=left)
            except queue.Empty:
                return False
            if event is None:
                self.fresh.put(None)
                return False
            if reached(event):
                return True
        return False

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.reader.join()

    def end(self):
        """Asks it to end; gives its exit code, or None if it had to be killed."""
        # Before its first line it does not listen to signals yet.
        until = time.monotonic() + PATIENCE
        while not self.lines and self.process.poll() is None and time.monotonic() < until:
            time.sleep(0.01)
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        self.reader.join()
        return code


def message(text):
    return lambda event: event.get("message") == text


class Sqlite:
    """The ledger in the run's folder."""

    url = None

    def __init__(self, folder):
        self.file = folder / "var/greenbrief.db"

    def ask(self, statement):
        with sqlite3.connect(self.file, timeout=30) as store:
            rows = store.execute(statement).fetchall()
        store.close()
        return rows


class Postgres:
    """A server of our own, on a socket in a folder of its own."""

    def __init__(self):
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
        if not found and not shutil.which("initdb"):
            raise SystemExit("PostgreSQL's server is not there (Debian: apt-get install postgresql)")
        self.programs = found[-1].parent if found else pathlib.Path(shutil.which("initdb")).parent
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="greenbrief-kill-postgres-"))
        if os.geteuid() == 0:
            # It refuses to run as root; Debian's package makes this user.
            shutil.chown(self.folder, "postgres", "postgres")
        log = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c max_connections=200"
        self.run("initdb", "-D", f"{self.folder}/data", "-U", "greenbrief", "-A", "trust", "-E", "UTF8", "--no-locale")
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-w", "start", "-o", log)

    def run(self, program, *words):
        user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        # A server that is started this way keeps what it inherits: not our pipes.
        with open(self.folder / "said", "w+") as said:
            done = subprocess.run([self.programs / program, *words], cwd="/", stdout=said, stderr=said, **user)
            if done.returncode:
                said.seek(0)
                raise SystemExit(f"{program} failed: {said.read()}")

    def sql(self, database, statement):
        words = [self.programs / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
        words += ["-h", self.folder, "-U", "greenbrief", "-d", database, "-c", statement]
        return subprocess.run(words, check=True, capture_output=True, text=True).stdout

    def database(self, name):
        self.sql("postgres", f"CREATE DATABASE {name}")
        return Database(self, name)

    def end(self):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)


class Database:
    """The ledger of one run on the server."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.url = f"postgres://greenbrief@localhost/{name}?host={server.folder}"

    def ask(self, statement):
        told = self.server.sql(self.name, f"SELECT COALESCE(json_agg(found), '[]') FROM ({statement}) found")
        return [tuple(row.values()) for row in json.loads(told)]

    def end_leases(self):
        """As if the time of all leases were over."""
        for table in ("mail", "occurrence"):
            self.server.sql(self.name, f"UPDATE {table} SET lease_until = lease_until - 7200000000")

    def drop(self):
        self.server.sql("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")
