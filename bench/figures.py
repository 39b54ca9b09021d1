"""What the rounds of bench/run come to: medians with their spread, ratios, goals, and the tables that
show them. Measures nothing: bench/write-docs makes the same tables of a run on record."""
import statistics

from report import goal, goals_table, show_machine, table_of

PARTS = ["udp", "threads", "streams", "others", "sizes"]
BATCH_FLOORS = ["full", "one", "poll", "nap"]  # ways to move the same datagrams in batches
TRAIN_FLOORS = ["segment", "segment-full", "segment-nap"]  # ... and in trains
LIMIT = 1.6      # times the floor that a registration may take, and a refresh
TWO_TO_ONE = 1.11  # CPU with two threads, at the most
FLAT = 15        # per cent within which the cost of a line is the same for all numbers of lines
LINE_BYTES = 512  # of memory that a line takes at rest ...
MEMORY_LINES = [100000, 1000000]  # ... where there are so many

LABELS = {
    "floor-full": "floor, blocks for 64",
    "floor-one": "floor, blocks for the first (MSG_WAITFORONE)",
    "floor-poll": "floor, epoll and MSG_DONTWAIT",
    "floor-nap": "floor, sleeps 50 us where fewer than 64 are there",
    "floor-segment": "floor with trains (UDP_SEGMENT), epoll",
    "floor-segment-full": "floor with trains, blocks for 64",
    "floor-segment-nap": "floor with trains, sleeps 50 us",
    "floor-single": "floor with one call each",
    "floor-tcp": "floor, TCP, batched writes",
    "floor-tcp-full": "floor, TCP, batched writes, waits for as many answers",
    "room": "`net/` alone, with trains",
    "lineup": "**lineup**",
    "lineup-no-trains": "lineup without trains",
    "lineup-tcp": "lineup, TCP",
    "lineup-tls": "lineup, TLS",
    "sipp": "SIPp",
    "kamailio": "Kamailio's uac module",
    "libre": "a client on libre",
    "sofia": "a client on sofia-sip",
}
UDP_ROWS = [*(f"floor-{mode}" for mode in BATCH_FLOORS + TRAIN_FLOORS), "floor-single", "room", "lineup",
            "lineup-no-trains"]
STREAM_FLOORS = ["tcp", "tcp-full"]
STREAM_ROWS = [*(f"floor-{mode}" for mode in STREAM_FLOORS), "lineup-tcp", "lineup-tls"]
OTHER_ROWS = ["lineup", "sipp", "kamailio", "libre", "sofia"]
WHAT = {"": "registration", "-refresh": "refresh"}
SETUPS = {"own": "each at a stub of its own", "one": "both at one stub"}


def spread_of(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "each": values}


def rows_of(rounds, part):
    """The rows of a part, round by round; of the rounds that have it."""
    return [rows[part] for rows in rounds if part in rows]


def cheapest(rounds, suffix, part="udp", modes=BATCH_FLOORS):
    """Which of these floors took the least in the median; None where none was measured."""
    found = rows_of(rounds, part)
    measured = [mode for mode in modes if all(f"floor-{mode}{suffix}" in rows for rows in found)]
    return min(measured, key=lambda mode: statistics.median(
        rows[f"floor-{mode}{suffix}"]["cpu_us"] for rows in found)) if found and measured else None


def ratio_of(found, name, to):
    """One row as a multiple of another of the same round."""
    return spread_of([rows[name]["cpu_us"] / rows[to]["cpu_us"] for rows in found])


def batches_of(rows):
    """Datagrams for each call and each train; None where nobody counted."""
    def mean(of, by):
        counts = [(row[of], row[by]) for row in rows if row.get(by)]
        return sum(of for of, _ in counts) / sum(by for _, by in counts) if counts else None

    return {"a_receive": mean("received", "calls_receive"), "a_send": mean("sent", "calls_send"),
            "a_train": mean("sent", "trains")}


def costs_of(found, names, floors):
    """Costs, ratios and batches of rows. floors: by the name of the ratio, the row that it is to."""
    table = {}
    for name in names:
        having = [rows for rows in found if name in rows]
        if not having:
            continue
        row = {part: spread_of([rows[name][part] for rows in having]) for part in ("cpu_us", "user_us", "system_us")
               if part in having[0][name]}
        row |= {ratio: ratio_of(having, name, to) for ratio, to in floors.items() if to in having[0]}
        row |= {"batches": batches_of([rows[name] for rows in having]), "rounds": len(having)}
        if "window" in having[0][name]:
            row["window"] = spread_of([rows[name]["window"] for rows in having])
        table[name] = row
    return table


def threads_of(found):
    """By setup and by what is done: two threads to one, of lineup and of the floor, and the one ratio to
    the other."""
    table = {}
    for setup in SETUPS:
        rounds = [rows[setup] for rows in found]
        for suffix, what in WHAT.items():
            def ratio(program, part, rounds=rounds, suffix=suffix):
                return [rows[f"{program}-2{suffix}"][part] / rows[program + suffix][part] for rows in rounds]

            ours, floor = ratio("lineup", "cpu_us"), ratio("floor-poll", "cpu_us")
            names = [program + threads + suffix for program in ("lineup", "floor-poll") for threads in ("", "-2")]
            table[f"{setup}/{what}"] = {
                "cpu": spread_of(ours), "user": spread_of(ratio("lineup", "user_us")), "floor": spread_of(floor),
                "to_floor": spread_of([a / b for a, b in zip(ours, floor)]),
                "costs": costs_of(rounds, names, {})}
    return table


def summary(rounds, sizes):
    udp, others = rows_of(rounds, "udp"), rows_of(rounds, "others")
    floors = {what: cheapest(rounds, suffix) for suffix, what in WHAT.items()}
    trains = {what: cheapest(rounds, suffix, modes=TRAIN_FLOORS) for suffix, what in WHAT.items()}
    of_streams = {what: cheapest(rounds, suffix, "streams", STREAM_FLOORS) for suffix, what in WHAT.items()}
    tables = {}
    for suffix, what in WHAT.items():
        tables[what] = costs_of(udp, [name + suffix for name in UDP_ROWS],
                                {"ratio": f"floor-{floors[what]}{suffix}",
                                 "ratio_trains": f"floor-{trains[what]}{suffix}"})
        tables[f"streams, {what}"] = costs_of(rows_of(rounds, "streams"), [name + suffix for name in STREAM_ROWS],
                                              {"ratio": f"floor-{of_streams[what]}{suffix}"})
    found = {"floor": floors, "floor_trains": trains, **tables, "others": costs_of(others, OTHER_ROWS, {"ratio": "lineup"}),
             "others_count": others[0]["lineup"]["registrations"] if others else None,
             "threads": threads_of(rows_of(rounds, "threads")) if rows_of(rounds, "threads") else {},
             "by_lines": {str(lines): row for lines, row in sizes.items()}}
    return found | {"goals": goals_of(found)}


def goals_of(found):
    def median(row, *path):
        for name in path:
            row = (row or {}).get(name)
        return row["median"] if row else None

    goals = []
    for suffix, what in WHAT.items():
        goals += [goal(f"a {what} to its floor", LIMIT, "times", median(found[what], f"lineup{suffix}", "ratio")),
                  goal("... with trains on neither side", None, "times",
                       median(found[what], f"lineup-no-trains{suffix}", "ratio")),
                  goal("... with trains on both sides", None, "times",
                       median(found[what], f"lineup{suffix}", "ratio_trains"))]
    for what in WHAT.values():
        goals.append(goal(f"two threads to one, CPU for a {what}", TWO_TO_ONE, "times",
                          median(found["threads"], f"own/{what}", "cpu")))
        goals.append(goal(f"... the same at one stub, over what the floor takes more there for a {what}", TWO_TO_ONE,
                          "times", median(found["threads"], f"one/{what}", "to_floor")))
    sizes = found["by_lines"]
    span = f"{min(map(int, sizes)):,} to {max(map(int, sizes)):,} lines" if len(sizes) > 1 else "several numbers of lines"
    # What is judged is CPU time, medians of runs in turn: the kernel's part, which the floor is, has quick moments and
    # slow ones in which ours does not follow, so that times the floor vary by more.
    for what, prefix in (("registration", ""), ("refresh", "refresh_")):
        for said, key, most in ((f"more that a line adds for a {what}, from the least to the most of {span}",
                                 "added_us", FLAT),
                                ("... by times the floor of the moment", "added_ratio", None),
                                ("... with page faults and what a start takes by itself", "cpu_us", None)):
            costs = [row[prefix + key]["median"] for row in sizes.values()]
            goals.append(goal(said, most, "%", 100 * (max(costs) / min(costs) - 1) if len(sizes) > 1 else None))
    for lines in MEMORY_LINES:
        goals.append(goal(f"memory of a line at {lines:,} lines", LINE_BYTES, "bytes",
                          median(sizes, str(lines), "bytes")))
    return goals


# ---- shown

def cells(spread, digits=2):
    """The median and the range of a spread, as two cells; of nothing: empty ones."""
    if spread is None:
        return ["", ""]
    return [f"{spread['median']:.{digits}f}", f"{spread['min']:.{digits}f} to {spread['max']:.{digits}f}"]


def one_cell(value, digits=2):
    if isinstance(value, dict):
        value = value["median"]
    return "" if value is None else f"{value:.{digits}f}"


def batch_cells(row):
    return [one_cell(row["batches"][name], 1) for name in ("a_receive", "a_send", "a_train")]


def label_of(name, suffix):
    return LABELS[name.removesuffix(suffix) if suffix else name]


def udp_table(found, suffix, what):
    floor = f"floor-{found['floor'][what]}{suffix}"
    rows = []
    for name, row in found[what].items():
        label = label_of(name, suffix)
        trains = name.startswith(("floor-segment", "lineup")) and "no-trains" not in name
        of_trains = f"floor-{found['floor_trains'][what]}{suffix}"
        label += ": the floor" if name == floor else ": the floor with trains" if name == of_trains else ""
        rows.append([label, *cells(row["cpu_us"]), one_cell(row["user_us"]),
                     one_cell(row["system_us"]), *(cells(row["ratio"]) if name != floor else ["1.00", ""]),
                     one_cell(row["ratio_trains"]) if trains else "", *batch_cells(row)])
    return table_of([f"CPU for a {what}", "us", "min to max", "user", "system", "x floor", "min to max", "x floor with trains",
                     "datagrams a receive", "a send", "a train"], rows)


def stream_table(found):
    rows = []
    for suffix, what in WHAT.items():
        for name, row in found[f"streams, {what}"].items():
            rows.append([f"{label_of(name, suffix)}, {what}", *cells(row["cpu_us"]), one_cell(row["user_us"]),
                         one_cell(row["system_us"]), *cells(row["ratio"])])
    return table_of(["CPU, all lines over one connection", "us", "min to max", "user", "system", "x floor of TCP",
                     "min to max"], rows)


def threads_table(found):
    rows = []
    for setup, said in SETUPS.items():
        for what in WHAT.values():
            row = found["threads"][f"{setup}/{what}"]
            costs = list(row["costs"].values())
            rows.append([f"{what}, {said}", *(one_cell(cost["cpu_us"]) for cost in costs[:2]), *cells(row["cpu"]),
                         one_cell(row["user"]), *cells(row["floor"]), one_cell(row["to_floor"]),
                         *(one_cell(cost["batches"]["a_send"], 1) for cost in costs[:2])])
    return table_of(["Two threads", "us with one", "us with two", "two to one", "min to max", "user time", "the floor's",
                     "min to max", "ours over the floor's", "datagrams a send with one", "with two"], rows)


def others_table(run):
    rows = []
    for name, row in run["others"].items():
        sizes = run["sizes"].get(name)
        version = run["versions"].get(name)
        rows.append([label_of(name, "") + (f" {version}" if version else ""), *cells(row["cpu_us"]),
                     one_cell(row.get("user_us")),
                     one_cell(row.get("system_us")), *(cells(row["ratio"], 1) if name != "lineup" else ["1", ""]),
                     " + ".join(map(str, sizes))])
    return table_of([f"CPU for a registration of {run['others_count']:,}", "us", "min to max", "user", "system",
                     "x lineup", "min to max", "bytes: REGISTER + 401 + REGISTER + 200"], rows)


def sizes_table(by_lines):
    rows = []
    for lines, row in by_lines.items():
        def shown_here(name, digits=2, row=row):
            return cells(row[name], digits) if row["runs"] > 1 else [cells(row[name], digits)[0], "1 run"]

        rows.append([f"{int(lines):,}", str(row["runs"]), *shown_here("cpu_us"), one_cell(row["faults"]),
                     one_cell(row["added_us"]), *shown_here("added_ratio"), *shown_here("refresh_cpu_us"),
                     one_cell(row["refresh_added_us"]), *shown_here("refresh_added_ratio"), *shown_here("bytes", 0)])
    table = table_of(["lines", "runs", "us", "min to max", "page faults", "each line adds, us", "x floor", "min to max",
                      "refresh us", "min to max", "each line adds, us", "x its floor", "min to max", "bytes a line",
                      "min to max"], rows)
    fault_us = statistics.median(row["fault_us"]["median"] for row in by_lines.values())
    return f"{table}\n\nA page fault takes {fault_us:.2f} us of CPU here."


def head_of(run):
    sizes = run["sizes"]["lineup"]
    return (f"{show_machine(run['machine'])}. Rounds: {run['rounds_done']}, medians; {run['seconds']} s for all of it. "
            f"REGISTER {sizes[0]}, 401 {sizes[1]}, REGISTER {sizes[2]}, 200 {sizes[3]} bytes over loopback. User and "
            "system time are what the kernel's ticks of 4 ms say, their sum is exact.")


def window_of(found, suffix, what):
    window = found[what][f"floor-{found['floor'][what]}{suffix}"]["window"]
    return (f"Under way at once for a {what}: {window['median']:.0f} ({window['min']} to {window['max']}), lineup's own "
            "in the mean, and the floors' of the same round.")


def shown(run):
    """All of a run as Markdown."""
    blocks = [head_of(run)]
    if run["registration"]:
        for suffix, what in WHAT.items():
            blocks += [window_of(run, suffix, what), udp_table(run, suffix, what)]
    if run["threads"]:
        blocks += [threads_table(run)]
    if run["streams, registration"]:
        blocks += [stream_table(run)]
    if run["others"]:
        blocks += ["All do the same number of registrations at the same stub; SIPp, libre and sofia-sip have "
                   f"{run['window_others']} under way, lineup what its pace gives, Kamailio has no window.",
                   others_table(run)]
    if run["by_lines"]:
        blocks += [sizes_table(run["by_lines"])]
    return "\n\n".join([*blocks, goals_table(run["goals"])]) + "\n"
