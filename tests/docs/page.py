"""Reads the blocks of a page under docs/ that can be tried.

    ```python api/hello.py     a file to write: the second word is its path
    ```console                 commands after "$ ", and what they print
    ```console server          lines that the terminal of `localfn dev` shows
    ```console 1               commands that end with this status

A line "…" in what is printed stands for any lines, "…" within a line for any characters. Other
blocks are for reading only.
"""

import dataclasses
import re

FENCE = re.compile(r"^```(\S*) ?(.*)$")


@dataclasses.dataclass
class Block:
    line: int        # of its fence, counted from 1
    language: str
    argument: str    # what follows the language
    text: str


@dataclasses.dataclass
class Command:
    line: int
    text: str
    printed: list    # lines


def blocks(text):
    """The fenced blocks of a page, in their order."""
    found, open_block, lines = [], None, []
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if not fence:
            lines.append(line)
        elif open_block is None:
            open_block, lines = Block(number, fence[1], fence[2].strip(), ""), []
        else:
            open_block.text = "".join(line + "\n" for line in lines)
            found.append(open_block)
            open_block = None
    if open_block is not None:
        raise ValueError(f"line {open_block.line}: this block has no end")
    return found


def commands(block):
    """The commands of a console block. A command goes on after a backslash at a line's end."""
    found = []
    for number, line in enumerate(block.text.splitlines(), block.line + 1):
        if found and not found[-1].printed and found[-1].text.endswith("\\"):
            found[-1].text = found[-1].text[:-1] + line.strip()
        elif line.startswith("$ "):
            found.append(Command(number, line[2:], []))
        elif found:
            found[-1].printed.append(line)
        else:
            raise ValueError(f"line {number}: this console block does not begin with a command")
    return found


def _pattern(line):
    """What differs from run to run may differ: times of day, durations, sizes, free ports."""
    line = re.sub(r"\s+", " ", line.strip())
    parts = []
    for part in re.split(r"(…|\d\d:\d\d:\d\d|\d+(?:\.\d+)? (?:s|ms|µs)\b)", line):
        if part == "…":
            parts.append(".*")
        elif re.fullmatch(r"\d\d:\d\d:\d\d", part):
            parts.append(r"\d\d:\d\d:\d\d")
        elif re.fullmatch(r"[\d.]+ (?:s|ms|µs)", part):
            parts.append(r"\d+(?:\.\d+)? (?:s|ms|µs)")
        else:
            parts.append(re.escape(part))
    return re.compile("".join(parts))


def first_difference(expected, printed):
    """None when `printed` (lines) is what the page says, else the expected line that is missing.

    Blank lines and the width of gaps do not count.
    """
    said = [re.sub(r"\s+", " ", line.strip()) for line in printed if line.strip()]
    at, anything = 0, False
    for line in (line for line in expected if line.strip()):
        if line.strip() == "…":
            anything = True
            continue
        pattern = _pattern(line)
        while anything and at < len(said) and not pattern.fullmatch(said[at]):
            at += 1
        if at == len(said) or not pattern.fullmatch(said[at]):
            return line
        at, anything = at + 1, False
    return None if anything or at == len(said) else "(nothing more)"
