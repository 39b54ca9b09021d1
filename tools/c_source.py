"""Reading C for the checks of this folder: what is code, what is comment, what is included."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Rooms that read no clock, open no socket, write no log and draw no random number.
PURE = "base sip digest reg pace txn facts explain".split()

_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL,
)


def code_of(text):
    """The text with comments and the insides of strings blanked; the lines stay where they are."""

    def blank(match):
        if match["comment"]:
            return re.sub(r"[^\n]", " ", match["comment"])
        return '"' + " " * (len(match["text"]) - 2) + '"'

    return _TOKEN.sub(blank, text)


def c_files(*dirs):
    for name in dirs:
        folder = ROOT / name
        yield from sorted(path for path in folder.rglob("*.[ch]") if path.is_file())


def includes_of(text):
    """Yields (line number, "<" or '"', path) of every #include."""
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match[1], match[2]


def report(faults):
    """Prints the faults and returns the exit status."""
    for fault in faults:
        print(fault)
    return 1 if faults else 0
