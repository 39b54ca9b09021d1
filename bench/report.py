"""What a figure is shown with: the machine, the date, the load; the goal beside it."""
import os
import pathlib
import platform
import sys
import time


def machine():
    """As it is now: asked at the start, so that the load is that of other work."""
    model = "unknown CPU"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(),
            "system": platform.freedesktop_os_release()["PRETTY_NAME"],
            "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "load": round(os.getloadavg()[0], 2)}


def show_machine(host):
    """In one line without an end. Adds to host the load at the end, where it is not there yet."""
    host.setdefault("load_after", round(os.getloadavg()[0], 2))
    return (f"{host['cpu']}, {host['cores']} cores, Linux {host['kernel']}, {host['system']}, {host['date']}, "
            f"load {host['load']} at the start and {host['load_after']} at the end")


def table_of(head, rows):
    """In Markdown, as docs/performance.md has it, without an end."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def goal(what, most, unit, measured, below=False):
    """measured None: it was not measured. below: most itself is too much."""
    met = None if measured is None else measured < most if below else measured <= most
    return {"goal": what, "most": most, "below": below, "unit": unit, "measured": measured, "met": met}


def goals_table(goals):
    words = {True: "met", False: "not met", None: "not measured"}
    rows = []
    for row in goals:
        unit, digits = row["unit"], 2 if row["most"] < 100 else 0
        wanted = f"{'under' if row['below'] else 'at most'} {row['most']:g} {unit}"
        measured = "" if row["measured"] is None else f"{row['measured']:.{digits}f} {unit}"
        rows.append([row["goal"], wanted, measured, words[row["met"]]])
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
