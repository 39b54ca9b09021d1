"""What the tests of the page share: test/page/*.mjs in headless Chromium, driven by what
web/package-lock.json names."""
import os
import subprocess

from api import ROOT
from peer import need, skip


def need_browser():
    """The path of node; ends the test as skipped where something is missing."""
    need("chromium")
    node = need("node")
    if not os.path.isdir(os.path.join(ROOT, "web", "node_modules", "playwright-core")):
        skip("web/node_modules is not there (web/prepare makes it)")
    return node


def in_browser(node, script, *words):
    """The exit status of test/page/SCRIPT."""
    return subprocess.run([node, os.path.join(ROOT, "test", "page", script), *words]).returncode
