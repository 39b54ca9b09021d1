#!/usr/bin/env python3
"""The page at Kamailio: test/page/studio.mjs. Usage: PROGRAM LINEUP"""
import sys

from browser import in_browser, need_browser
from peer import Kamailio

node = need_browser()
with Kamailio() as kamailio:
    status = in_browser(node, "studio.mjs", sys.argv[1], str(kamailio.port))
sys.exit(status)
