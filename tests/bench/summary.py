"""usage: summary.py RESULTS [JSON]

Prints the medians of the runs in RESULTS, and how they stand to each other. A line of RESULTS is a run:
    SECTION|NAME|MEASURE=NUMBER …
JSON names a file that takes everything."""

import json
import statistics
import sys

UNITS = {"rate": "req/s", "p50": "p50 ms", "p99": "p99 ms", "cpu": "CPU us/req", "changed": "changed %", "backups": "backups",
         "start": "start ms", "in": "events/s in", "out": "deliveries/s",
         "publish_p50": "publish p50 ms", "publish_p99": "p99 ms", "arrival_p50": "arrival p50 ms", "arrival_p99": "p99 ms",
         "requests": "requests/s", "batch": "events in each", "event_cpu": "CPU us/event", "idle": "idle MiB",
         "anonymous": "anonymous MiB", "file": "file MiB", "load": "load cores"}


def read(path):
    sections = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            section, name, measures = line.rstrip("\n").split("|")
            runs = sections.setdefault(section, {}).setdefault(name, {})
            for measure in measures.split():
                key, value = measure.split("=")
                runs.setdefault(key, []).append(float(value))
    return sections


def show(number):
    return f"{number:.0f}" if abs(number) >= 1000 else f"{number:.1f}" if abs(number) >= 100 else f"{number:.2f}"


def print_section(title, rows):
    keys = [key for key in UNITS if any(key in runs for runs in rows.values())]
    table = [[title] + [UNITS[key] for key in keys]]
    for name, runs in rows.items():
        cells = []
        for key in keys:
            values = runs.get(key)
            if not values:
                cells.append("")
            elif len(values) == 1 or key == "changed":
                cells.append(show(min(values)))
            else:
                cells.append(f"{show(statistics.median(values))} ({show(min(values))}-{show(max(values))})")
        table.append([name] + cells)
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        print("  ".join([row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]))
    print()


def ratios(sections):
    def median(section, name, key):
        values = sections.get(section, {}).get(name, {}).get(key)
        return statistics.median(values) if values else None

    daemon = "64 connections, full"

    def divide(label, above, below):
        if above is not None and below:
            yield f"{label}: {above / below:.2f}"

    rate, tail = median("addWebhookEvent", daemon, "rate"), median("addWebhookEvent", daemon, "p99")
    cpu = median("addWebhookEvent", daemon, "cpu")
    storage = "storage alone"
    yield from divide("rate / reference limit", rate, median(storage, "reference, groups of 32", "rate"))
    yield from divide("rate / limit of its own statements", rate, median(storage, "own, groups of 32", "rate"))
    peers = sections.get("peers", {})
    yield from divide("rate / plain peer", rate, median("peers", "plain, 64 connections", "rate"))
    experts = [name for name in peers if name.startswith("batched")]
    if experts:
        best = max(experts, key=lambda name: median("peers", name, "rate"))
        yield from divide(f"rate / best batched peer ({best})", rate, median("peers", best, "rate"))
        yield from divide("p99 / p99 of that peer", tail, median("peers", best, "p99"))
    one, alone = median("addWebhookEvent", "1 connection, full", "p50"), median(storage, "own, one by one", "p50")
    if one is not None and alone is not None:
        yield f"p50 at 1 connection - p50 of its transaction alone: {one - alone:.3f} ms"
    for name in ("400, bad body", "401, wrong key", "404, unknown webhook"):
        yield from divide(f"CPU of {name} / of an addition", median("other requests", name, "cpu"), cpu)
    plain, tls = "100 receivers, fan-out 1, by 1, plain", "100 receivers, fan-out 1, by 1, TLS"
    yield from divide("deliveries over TLS / plain, one by one", median("delivery", tls, "out"),
                      median("delivery", plain, "out"))
    beside, quiet = "2 hang, 2 drip, 2 fail, plain", "none, plain"
    yield from divide("p99 of arrivals beside bad receivers / without", median("delivery, neighbours", beside, "arrival_p99"),
                      median("delivery, neighbours", quiet, "arrival_p99"))
    for name in ("createUser", "createUserSession"):
        yield from divide(f"{name} / publishEvents one by one", median("users", f"{name}, plain", "in"),
                          median("users", "publishEvents, plain", "in"))
    for key in ("p99", "rate"):
        yield from divide(f"{key} beside backups / without", median("beside backups", "one after the other", key),
                          median("beside backups", "none", key))
    for name in ("by name, JSON", "by name, binary"):
        yield from divide(f"rate {name} / by path", median("bindings", name, "rate"), median("bindings", "by path", "rate"))
    yield from divide("rate at 1,000,000 webhooks / at 1,000", median("growth", "1000000 webhooks, 1 apps", "rate"),
                      median("growth", "1000 webhooks, 1 apps", "rate"))


def main():
    sections = read(sys.argv[1])
    for title, rows in sections.items():
        print_section(title, rows)
    lines = list(ratios(sections))
    print("\n".join(lines))
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w", encoding="utf-8") as out:
            json.dump({"runs": sections, "ratios": lines}, out, indent=2)


main()
