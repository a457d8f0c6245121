"""What a browser test needs around it: the real binary serving a folder, and a browser.

Both are context managers; leaving them ends every process they started and removes their files.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

PATIENCE = 60  # seconds; a browser starts slowly on a busy machine

BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
DRIVERS = ("/usr/bin/chromedriver", "/usr/lib/chromium-browser/chromedriver")


class Server:
    """`localfn dev FOLDER` on a free port. `log()` is what it has written to stderr."""

    def __init__(self, binary, folder, temp):
        environment = {"PATH": os.environ["PATH"], "HOME": temp, "TMPDIR": temp, "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            [binary, "dev", folder, "--listen", "127.0.0.1:0"], env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self._lines = []
        self._ready = threading.Event()
        self.address = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(PATIENCE) or self.address is None:
            self.stop()
            raise RuntimeError("localfn does not become ready. Its log:\n" + self.log())

    def _read(self):
        for line in self._process.stderr:
            self._lines.append(line)
            found = re.search(r"> Ready! Available at (http://\S+)", line)
            if found:
                self.address = found.group(1)
                self._ready.set()
        self._ready.set()  # the end of the stream: waiting longer is of no use

    def log(self):
        return "".join(self._lines)

    def stop(self):
        """Ctrl-C; returns the exit code."""
        self._process.send_signal(signal.SIGINT)
        try:
            return self._process.wait(PATIENCE)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join(PATIENCE)
            self._process.stderr.close()


def first_existing(paths, what):
    for path in paths:
        if os.access(path, os.X_OK):
            return path
    raise RuntimeError(f"cannot find {what}: looked for {', '.join(paths)}; "
                       "install the packages chromium and chromium-driver")


@contextlib.contextmanager
def temp_folder():
    folder = tempfile.mkdtemp(prefix="localfn-browser-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def browser():
    """A headless chromium with a profile of its own that talks to this machine only."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    with temp_folder() as folder:
        options = webdriver.ChromeOptions()
        options.binary_location = first_existing(BROWSERS, "a browser")
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-proxy-server",
                         "--disable-dev-shm-usage", "--disable-background-networking",
                         "--no-first-run", "--disable-component-update",
                         "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
                         f"--user-data-dir={folder}/profile", "--window-size=1200,900"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = Service(first_existing(DRIVERS, "chromedriver"),
                          env={**os.environ, "HOME": folder, "TMPDIR": folder})
        driver = webdriver.Chrome(service=service, options=options)
        try:
            driver.set_page_load_timeout(PATIENCE)
            yield driver
        finally:
            driver.quit()
