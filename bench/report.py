"""What a figure is shown with: the machine, the date, the load; the goal beside it."""
import os
import pathlib
import platform
import resource
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def commit():
    """What is measured: a commit, with a + where files differ from it."""
    def git(*words):
        return subprocess.run(["git", "-C", HERE, *words], capture_output=True, text=True, check=False).stdout.strip()

    try:
        return git("rev-parse", "--short=9", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "") or "unknown"
    except FileNotFoundError:
        return "unknown"


def busy_s():
    """CPU seconds of the whole machine, stolen ones too, and those of this program and what it has run and ended."""
    ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    whole = (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")  # idle, and waiting for a disk
    uses = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return whole, sum(use.ru_utime + use.ru_stime for use in uses)


def machine():
    """As it is now, at the start."""
    cpu = {}
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        cpu.setdefault(name.strip(), value.strip())
    return {"cpu": cpu.get("model name", "unknown CPU"), "virtual": "hypervisor" in cpu.get("flags", "").split(),
            "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "system": platform.freedesktop_os_release()["PRETTY_NAME"], "commit": commit(),
            "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "begun": {"at_s": time.monotonic(), "busy_s": busy_s()}}


def other_work(begun, cores):
    """Per cent of all cores that something else had since then, once all that was run has ended."""
    whole, own = (now - before for now, before in zip(busy_s(), begun["busy_s"]))
    return max(0.0, 100 * (whole - own) / cores / (time.monotonic() - begun["at_s"]))


def show_machine(host):
    """In one line without an end; at the end of a run, which is when host is told what else the machine did."""
    if "begun" in host:
        host["other_work_percent"] = round(other_work(host.pop("begun"), host["cores"]), 1)
    return (f"{host['cpu']}, {host['cores']} cores{' of a virtual machine' if host['virtual'] else ''}, Linux "
            f"{host['kernel']}, {host['system']}, {host['date']}, commit {host['commit']}; other work had "
            f"{host['other_work_percent']} % of the cores meanwhile")


def table_of(head, rows):
    """In Markdown, as docs/performance.md has it, without an end."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def goal(what, most, unit, measured, below=False):
    """measured None: it was not measured. below: most itself is too much. most None: to be seen beside a
    goal, and judged by nobody."""
    met = None if measured is None or most is None else measured < most if below else measured <= most
    return {"goal": what, "most": most, "below": below, "unit": unit, "measured": measured, "met": met}


def goals_table(goals):
    words = {True: "met", False: "not met", None: "not measured"}
    rows = []
    for row in goals:
        unit, most = row["unit"], row["most"]
        digits = 2 if most is None or most < 100 else 0
        wanted = "" if most is None else f"{'under' if row['below'] else 'at most'} {most:g} {unit}"
        measured = "" if row["measured"] is None else f"{row['measured']:.{digits}f} {unit}"
        rows.append([row["goal"], wanted, measured, words[row["met"]] if most is not None or not measured else "no goal"])
    return table_of(["goal", "wanted", "measured", ""], rows)


def print_goals(goals):
    print(goals_table(goals), end="\n\n")


def add_lenient(parser):
    parser.add_argument("--lenient", action="store_true",
                        help="a goal that is not met is shown, but no failure: for a machine with other work")


def status_of(goals, lenient):
    """The exit status: 1 where a goal is not met, which is said. What was not measured is none."""
    unmet = [row["goal"] for row in goals if row["met"] is False]
    for what in unmet:
        print("not met:", what, file=sys.stderr)
    return 1 if unmet and not lenient else 0
