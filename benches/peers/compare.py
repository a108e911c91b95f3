"""Times greenbrief against Typst, WeasyPrint and Chromium on the same text; run by `benches/peers/compare`, which installs
them. All take turns in one run: what is to be trusted are the ratios, not the milliseconds of this machine."""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import document
import typeset

FONTS = document.TOP / "fonts"
STRICT = ["ua-1", "a-3a"]


class Greenbrief:
    """The bench binary: one process that answers line by line."""

    name = "greenbrief"

    def __init__(self, binary, neutral):
        self.command = [binary, "--serve", neutral]
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def warm(self, doc, number, file=""):
        print(doc["language"], number, file, file=self.process.stdin, flush=True)
        milliseconds, size, _ = self.process.stdout.readline().split()
        return float(milliseconds), int(size)

    def fresh(self, doc, number, out):
        return self.command, f"{doc['language']} {number} {out}\n"


class Typst:
    """Through its Python binding; a new process pays for starting Python, which is told apart."""

    def __init__(self, standards):
        import typst

        self.name, self.standards = f"Typst {typst.__version__}" + (" UA-1 + A-3a" if standards else ""), standards
        self.compiler = typst.Compiler(font_paths=[str(FONTS)], ignore_system_fonts=True)

    def warm(self, doc, number, file=""):
        start = time.perf_counter()
        # What a program does that makes variants: from the texts to markup to PDF.
        made = self.compiler.compile(input=typeset.typst(doc, number), pdf_standards=self.standards)
        milliseconds = (time.perf_counter() - start) * 1000
        if file:
            pathlib.Path(file).write_bytes(made)
        return milliseconds, len(made)

    def fresh(self, doc, number, out):
        code = (
            "import sys, typst; typst.Compiler(font_paths=[sys.argv[1]], ignore_system_fonts=True)"
            ".compile(input=sys.stdin.buffer.read(), output=sys.argv[2], pdf_standards=sys.argv[3:])"
        )
        return [sys.executable, "-c", code, str(FONTS), out, *self.standards], typeset.typst(doc, number).decode()


class WeasyPrint:
    def __init__(self):
        import weasyprint

        self.weasyprint, self.name = weasyprint, f"WeasyPrint {weasyprint.__version__}"

    def warm(self, doc, number, file=""):
        start = time.perf_counter()
        made = self.weasyprint.HTML(string=typeset.page(doc, number, FONTS)).write_pdf(pdf_variant="pdf/ua-1")
        milliseconds = (time.perf_counter() - start) * 1000
        if file:
            pathlib.Path(file).write_bytes(made)
        return milliseconds, len(made)

    def fresh(self, doc, number, out):
        code = "import sys, weasyprint; weasyprint.HTML(string=sys.stdin.read()).write_pdf(sys.argv[1], pdf_variant='pdf/ua-1')"
        return [sys.executable, "-c", code, out], typeset.page(doc, number, FONTS)


class Chromium:
    """Prints from the command line only: each document is a new process."""

    warm = None

    def __init__(self, binary):
        version = subprocess.run([binary, "--version"], capture_output=True, text=True).stdout
        self.binary, self.name = binary, "Chromium " + re.search(r"\d+", version).group()

    def fresh(self, doc, number, out):
        page = pathlib.Path(out).with_suffix(".html")
        page.write_text(typeset.page(doc, number, FONTS), encoding="utf-8")
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--export-tagged-pdf"]
        return [self.binary, *flags, f"--print-to-pdf={out}", page.as_uri()], ""


def run_fresh(peer, doc, number, out):
    """A new process for one document: milliseconds, and its most memory in MB."""
    command, text = peer.fresh(doc, number, out)
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    )
    process.stdin.write(text)
    process.stdin.close()
    # What wait4 tells of memory counts this process too, from which the other was forked.
    memory = 0
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        memory = max(memory, peak(process.pid))
        time.sleep(0.002)
    milliseconds = (time.perf_counter() - start) * 1000
    if process.wait():
        raise SystemExit(f"{peer.name} ended with {process.returncode}")
    return milliseconds, memory / 1024


def peak(pid):
    """The most memory that a process held so far, in kB."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found.group(1)) if found else 0


def facts(path):
    """Pages and whether it is tagged, as pdfinfo reads them."""
    told = subprocess.run(["pdfinfo", path], capture_output=True, text=True).stdout
    pages, tagged = (re.search(rf"{key}: +(\S+)", told) for key in ("Pages", "Tagged"))
    return (int(pages.group(1)) if pages else 0), (tagged.group(1) if tagged else "?")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", help="the bench `load`")
    parser.add_argument("--chromium", default="")
    parser.add_argument("--rounds", type=int, default=30, help="warm documents of each language and peer")
    parser.add_argument("--fresh", type=int, default=5, help="new processes of each language and peer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", default="", help="a folder for one PDF of each")
    options = parser.parse_args()
    documents = document.documents(options.seed)
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix="peers-"))
    folder.mkdir(parents=True, exist_ok=True)
    neutral = folder / "document.json"
    neutral.write_text(json.dumps(documents, ensure_ascii=False), encoding="utf-8")
    ours, typst = Greenbrief(options.binary, str(neutral)), Typst([])
    quick = [ours, typst, Typst(STRICT)]
    slow = [WeasyPrint()] + ([Chromium(options.chromium)] if options.chromium else [])

    number = 0
    print(f"seed {options.seed}; {options.rounds} warm documents and {options.fresh} new processes each, taking turns")
    print(f"{'':31}{'WARM ms':>9}{'best':>7}{'NEW ms':>9}{'kB':>7}{'MB':>6}{'PAGES':>7}  TAGGED")
    for doc in documents:
        warm = {peer.name: [] for peer in quick + slow}
        han = document.distinct_han(doc)
        print(f"{doc['language']}" + (f", {han} different Han" if han else ""))
        for _ in range(options.rounds + 3):
            for peer in quick:
                number += 1
                warm[peer.name].append(peer.warm(doc, number)[0])
        for peer in slow:
            for _ in range(3 if peer.warm else 0):
                number += 1
                warm[peer.name].append(peer.warm(doc, number)[0])
        fresh = {}
        for _ in range(options.fresh):
            for peer in quick + slow:
                number += 1
                out = str(folder / f"{peer.name.split()[0]}{'-strict' * ('UA' in peer.name)}-{doc['language']}.pdf")
                fresh.setdefault(peer.name, []).append((*run_fresh(peer, doc, number, out), out))
        for peer in quick + slow:
            # The first ones make the process warm.
            times = warm[peer.name][3 if peer in quick else 1 :]
            middle = f"{statistics.median(times):9.1f}{min(times):7.1f}" if times else f"{'–':>9}{'–':>7}"
            new, memory = (statistics.median(column) for column in list(zip(*fresh[peer.name]))[:2])
            out = fresh[peer.name][-1][2]
            pages, tagged = facts(out)
            size = os.path.getsize(out) / 1000
            print(f"  {peer.name:29}{middle}{new:9.0f}{size:7.0f}{memory:6.0f}{pages:7}  {tagged}", flush=True)
        pairs = [a / b for a, b in zip(warm[ours.name][3:], warm[typst.name][3:])]
        sizes = [os.path.getsize(fresh[peer.name][-1][2]) for peer in (ours, typst)]
        print(
            f"  greenbrief / Typst: warm {statistics.median(pairs):.2f} (median of pairs; best against best"
            f" {min(warm[ours.name][3:]) / min(warm[typst.name][3:]):.2f}), size {sizes[0] / sizes[1]:.2f}"
        )
    python = min(run_python() for _ in range(5))
    print(
        f"\nTypst and WeasyPrint run inside Python: {python:.0f} ms of each new process are Python's own start, and its memory"
        "\nis counted too. Chromium's memory is that of its first process. greenbrief begins with blocks, not with markup;"
        "\nits files are PDF/UA-1 and PDF/A-3a. What peers lack: Chromium prints only a process at a time here, claims neither"
        "\nPDF/UA nor PDF/A and has no attachments; WeasyPrint is asked for PDF/UA-1 (it cannot claim PDF/A-3a as well);"
        "\nTypst has no charts of its own, so bars are its rectangles."
    )
    ours.process.stdin.close()
    ours.process.wait()


def run_python():
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
