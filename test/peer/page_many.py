#!/usr/bin/env python3
"""The page with 5,000 lines: test/page/many.mjs. Usage: PROGRAM LINEUP"""
import sys

from browser import in_browser, need_browser

sys.exit(in_browser(need_browser(), "many.mjs", sys.argv[1]))
