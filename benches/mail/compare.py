"""Runs the mailers in turns and prints one table a sink: mails a second (median of the rounds), the ratio to smtp-source
(median of the ratios within a round, so that a machine that is busy for a while counts for both), and what a mail costs
of the processor. The delay is our own sink's: each write of replies comes so much later, as over a longer way."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def listening(port):
    import socket
    for _ in range(100):
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
    sys.exit(f"no sink at port {port}")


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench")
    parser.add_argument("pool")
    parser.add_argument("--mails", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--only", choices=["near", "far"])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        letter = pathlib.Path(folder, "letter.eml")
        subprocess.run([given.bench, "letter", letter], check=True)
        size = letter.stat().st_size
        print(f"{given.connections} connections, mails of {size} octets (a PDF of 100 kB), {given.rounds} rounds\n")
        user = ["-u", "postfix"] if os.geteuid() == 0 else []
        sinks = {
            "near": (["smtp-sink", *user, "127.0.0.1:2525", "1000"], 2525, given.mails, "Postfix's smtp-sink"),
            "far": ([given.bench, "sink", "2527", "10"], 2527, given.mails // 4, "10 ms added to every reply"),
        }
        for name, (sink, port, mails, what) in sinks.items():
            if given.only in (None, name):
                running = subprocess.Popen(sink, stdout=subprocess.DEVNULL)
                try:
                    listening(port)
                    table(given, letter, size, port, mails, what)
                finally:
                    running.terminate()
                    running.wait()


def table(given, letter, size, port, mails, what):
    connections = str(given.connections)
    place = ["127.0.0.1", str(port), str(mails), connections, str(letter)]
    source = ["smtp-source", "-d", "-s", connections, "-m", str(mails), "-l", str(size),
              "-f", "a@example.org", "-t", "b@example.net", f"127.0.0.1:{port}"]
    ours = {
        f"greenbrief{words}": ["--dkim", dkim]
        for words, dkim in [("", "none"), (", Ed25519", "ed25519"), (", RSA-2048", "rsa"), (", both", "both")]
    }
    peers = {"smtp-source -d": source, "lettre's pool": [given.pool, *place]}
    if shutil.which("node") and pathlib.Path(os.environ["PEERS"], "node_modules/nodemailer").exists():
        peers["nodemailer's pool"] = ["node", str(HERE / "nodemailer.mjs"), *place]
    rates, costs, peak = {}, {}, 0
    for _ in range(given.rounds):
        for name, command in peers.items():
            seconds, processor = timed(command)
            rates.setdefault(name, []).append(mails / seconds)
            costs.setdefault(name, []).append(processor / mails * 1e6)
        for name, options in ours.items():
            command = [given.bench, "campaign", "--to", f"127.0.0.1:{port}", "--mails", str(mails),
                       "--connections", connections, *options]
            told = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            rates.setdefault(name, []).append(told["rate"])
            costs.setdefault(name, []).append(told["user_us"] + told["system_us"])
            peak = max(peak, told["peak_mb"])
    print(f"{what}, {mails} mails")
    print(f"{'':24}{'mails/s':>8}  {'of smtp-source':>15}  {'of lettre':>9}  {'µs a mail':>9}")
    for name, found in rates.items():
        ratio = [statistics.median(a / b for a, b in zip(found, rates[peer]))
                 for peer in ("smtp-source -d", "lettre's pool")]
        print(f"{name:24}{statistics.median(found):8.0f}  {ratio[0]:15.2f}  {ratio[1]:9.2f}"
              f"  {statistics.median(costs[name]):9.0f}")
    print(f"greenbrief's peak memory: {peak:.0f} MB\n")


if __name__ == "__main__":
    main()
