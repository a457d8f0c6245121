"""Comments that silence `localfn check`: `# localfn: ignore[code, …]`, `# localfn: ignore-file[…]`.

ignores() gives rows as observe.py does: "ignore" with the codes and a line on which they do not
count, "ignore file" for all lines.
"""

import io
import re
import tokenize

_LONGEST = 300
_IGNORE = re.compile(r"#\s*localfn:\s*ignore(-file)?(?:\s*\[([^\]]*)\])?")


def ignores(source):
    """Comments count for every line of their statement, those on lines of their own for the next."""
    rows, first, alone = [], 0, []
    if b"localfn:" not in source:
        return rows
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type == tokenize.COMMENT:
                match = _IGNORE.match(token.string)
                if not match:
                    continue
                codes = ",".join((match[2] or "").replace(",", " ").split())[:_LONGEST]
                if match[1]:
                    rows.append(("ignore file", codes, token.start[0], 1))
                elif first == 0:
                    alone.append(codes)
                else:
                    lines = range(first, token.start[0] + 1)
                    rows += [("ignore", codes, line, 1) for line in list(lines)[-50:]]
            elif token.type == tokenize.NEWLINE:
                first = 0
            elif token.type not in (tokenize.NL, tokenize.INDENT, tokenize.DEDENT,
                                    tokenize.ENCODING) and first == 0:
                first = token.start[0]
                rows += [("ignore", codes, first, 1) for codes in alone]
                alone = []
    except (tokenize.TokenError, SyntaxError, ValueError, LookupError):
        pass
    return rows
