"""Tries a page of docs/ as written: docs_test.py PAGE, with LOCALFN_BINARY set.

Writes the files that the page shows, runs its commands in their order in an empty folder, and
compares what is printed. `$ localfn dev` keeps running until the page ends.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import page  # noqa: E402

PATIENCE = 60  # seconds for one command, or for a line of the server
LEFT_OUT = "TEST LEFT OUT"


class Difference(Exception):
    pass


class Server:
    """`localfn dev` on a free port; where the page says 127.0.0.1:3000, that port is asked."""

    def __init__(self, command, folder, environment):
        self._process = subprocess.Popen(
            ["bash", "-c", f"exec {command} --listen 127.0.0.1:0"], cwd=folder, env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self.address = None
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.wait_for(lambda: self.address)

    def _read(self):
        for line in self._process.stdout:
            with self._news:
                ready = re.search(r"> Ready! Available at http://(\S+)", line)
                if ready:
                    self.address = ready[1]
                self.lines.append(line.rstrip("\n").replace(self.address or "?", "127.0.0.1:3000"))
                self._news.notify_all()

    def wait_for(self, holds):
        with self._news:
            return self._news.wait_for(holds, PATIENCE)

    def stop(self):
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(PATIENCE)
            self._process.stdout.close()


class Trial:
    def __init__(self, text, folder, binary):
        self._text = text
        self._folder = self._root = folder
        self._server = None
        tools = folder.parent / "bin"
        tools.mkdir()
        (tools / "localfn").symlink_to(binary)
        self._environment = {
            "PATH": f"{tools}:/usr/local/bin:/usr/bin:/bin", "HOME": str(folder.parent),
            "TMPDIR": str(folder.parent), "LANG": "C.UTF-8", "COLUMNS": "80"}

    def run(self):
        try:
            for block in page.blocks(self._text):
                self._try(block)
        finally:
            self._stop()

    def _stop(self):
        server, self._server = self._server, None
        status = server.stop() if server else 130
        if status != 130:
            raise Difference(f"`localfn dev` ended with {status}, not 130:\n" + indented(server.lines))

    def _try(self, block):
        if block.language == "console" and block.argument == "server":
            self._compare_server(block)
        elif block.language == "console":
            for command in page.commands(block):
                self._run(command, int(block.argument or 0))
        elif block.argument:
            path = self._folder / block.argument
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")

    def _compare_server(self, block):
        if self._server is None:
            raise Difference(f"line {block.line}: nothing is served yet")
        expected = ["…", *block.text.splitlines(), "…"]
        lines = self._server.lines
        self._server.wait_for(lambda: page.first_difference(expected, lines) is None)
        missing = page.first_difference(expected, lines)
        if missing is not None:
            raise Difference(f"line {block.line}: the server's terminal does not show\n"
                             f"    {missing}\n  it shows\n" + indented(lines))

    def _run(self, command, status):
        if re.match(r"localfn dev\b", command.text):
            self._serve(command)
            return
        text = command.text
        if self._server:
            text = text.replace("127.0.0.1:3000", self._server.address)
        place = self._folder.parent / "place"
        done = subprocess.run(
            ["bash", "-c", f"{text}\nstatus=$?\npwd >'{place}'\nexit $status"], cwd=self._folder,
            env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        if place.exists():
            self._folder = pathlib.Path(place.read_text().strip())
        printed = done.stdout
        if self._server:
            printed = printed.replace(self._server.address, "127.0.0.1:3000")
        self._compare(command, printed.splitlines())
        if done.returncode != status:
            raise Difference(f"line {command.line}: `{command.text}` ended with {done.returncode}, "
                             f"not {status}:\n{printed}")

    def _serve(self, command):
        self._stop()  # the page's reader has ended that one with Ctrl-C
        self._server = Server(command.text, self._folder, self._environment)
        if self._server.address is None:
            raise Difference(f"line {command.line}: `{command.text}` does not become ready:\n"
                             + indented(self._server.lines))
        self._compare(command, self._server.lines[:len([l for l in command.printed if l.strip()])])

    def _compare(self, command, printed):
        missing = page.first_difference(command.printed, printed)
        if missing is not None:
            raise Difference(f"line {command.line}: `{command.text}` does not print\n"
                             f"    {missing}\n  it prints\n" + indented(printed))


def indented(lines):
    return "".join(f"    {line}\n" for line in lines)


def missing_package(text):
    """Pages say in a comment what of Python they need: <!-- needs: flask -->"""
    for name in re.findall(r"<!-- needs: (\w+) -->", text):
        python = os.environ.get("LOCALFN_TEST_PYTHON", "/usr/bin/python3")
        if subprocess.run([python, "-c", f"import {name}"], stderr=subprocess.DEVNULL).returncode:
            return name
    return None


def main():
    path = pathlib.Path(sys.argv[1])
    text = path.read_text(encoding="utf-8")
    name = missing_package(text)
    if name is not None:
        print(f"{LEFT_OUT}: the Python of this build has no {name}")
        return
    temp = pathlib.Path(tempfile.mkdtemp(prefix="localfn-docs-"))
    try:
        folder = temp / "work"
        folder.mkdir()
        Trial(text, folder, os.environ["LOCALFN_BINARY"]).run()
    except Difference as difference:
        sys.exit(f"{path.name}: {difference}")
    finally:
        shutil.rmtree(temp, ignore_errors=True)


main()
