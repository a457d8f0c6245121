"""Which modules of the standard library the zygote has ready."""

import sys

# What an interpreter has loaded before any script runs: a file of the project never replaces these.
STARTUP = frozenset(sys.modules)

ESSENTIAL = (
    "http.server", "json", "urllib.parse", "datetime", "traceback", "logging", "importlib.util",
    "threading", "faulthandler",
)

# One at a time, what others need first, so that a request in between waits for a few ms at most.
LATER = (
    "ast", "inspect", "random", "hashlib", "base64", "hmac", "secrets", "uuid", "typing",
    "dataclasses", "pathlib", "tempfile", "string", "textwrap", "math", "decimal", "csv", "signal",
    "subprocess", "concurrent.futures", "concurrent.futures.thread", "ssl", "http.client",
    "http.cookies", "urllib.request", "unicodedata", "zoneinfo", "platform", "glob", "selectors",
    "asyncio",
)


def load_essential():
    for name in ESSENTIAL:
        __import__(name)


def load(name):
    try:
        __import__(name)
    except ImportError:
        pass  # a Python that was built without it
