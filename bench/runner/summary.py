# SPDX-License-Identifier: MIT
"""From samples to medians and ratios, and to the table."""

import statistics


def time_of(program, sample, clock="wall"):
    if program.time:
        return sample.report[program.time]
    return getattr(sample, clock)


def memory_of(program, sample):
    if program.memory:
        return sample.report[program.memory]
    return sample.peak_bytes


def spread(values):
    return {"median": statistics.median(values), "min": min(values),
            "max": max(values)}


def paired_ratio(subject, peer):
    """The median of the ratios of the rounds, not the ratio of the medians:
    what disturbed a round disturbed both.  None where there is nothing to
    divide: start-up is a difference, and may come out below zero."""
    ratios = [a / b for a, b in zip(subject, peer) if a > 0 and b > 0]
    return statistics.median(ratios) if ratios else None


def summarise(program, samples, subject, clock="wall"):
    """What a program's samples say, for each peer, as JSON can hold it.  A
    ratio is the subject's value over the peer's."""
    times = {name: [time_of(program, sample, clock) for sample in taken]
             for name, taken in samples.items()}
    memory = {name: [memory_of(program, sample) for sample in taken]
              for name, taken in samples.items()}
    rows = {}
    for name, taken in samples.items():
        row = {
            "time": spread(times[name]),
            "memory_bytes": spread(memory[name]),
            "cpu_seconds": spread([sample.cpu for sample in taken]),
            "checksum": sorted({sample.report.get("checksum", "")
                                for sample in taken}),
            "report": {key: statistics.median(
                           sample.report[key] for sample in taken)
                       for key in taken[0].report if key != "checksum"},
            "runs": [{"wall": sample.wall, "user": sample.user,
                      "system": sample.system, "peak_bytes": sample.peak_bytes,
                      **sample.report} for sample in taken],
        }
        if name != subject and subject in samples:
            row["time_ratio"] = paired_ratio(times[subject], times[name])
            row["memory_ratio"] = paired_ratio(memory[subject], memory[name])
        rows[name] = row
    return {"title": program.title, "unit": program.unit,
            "beside": list(program.beside), "peers": rows}


def disagreement(summary):
    """Why the peers did not compute the same, or None."""
    found = {name: row["checksum"] for name, row in summary["peers"].items()}
    if len({tuple(checksums) for checksums in found.values()}) <= 1 and all(
            len(checksums) == 1 for checksums in found.values()):
        return None
    return "checksums differ: " + ", ".join(
        f"{name} {' '.join(checksums)}" for name, checksums in found.items())


def number(value):
    """Three digits, or all of a whole number that has more."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def beside_text(row, keys):
    """The keys as they stand in the report, bytes in MB."""
    parts = []
    for key in keys:
        if key not in row["report"]:
            continue
        value = row["report"][key]
        if key.endswith("_bytes"):
            parts.append(f"{key[:-6]} {number(value / 1e6)} MB")
        else:
            parts.append(f"{key} {number(value)}")
    return ", ".join(parts)


def table(name, summary, subject):
    """The lines for one program."""
    unit = summary["unit"]
    lines = ["", f"{name}: {summary['title']}",
             f"  {'':<16}{'time, ' + unit:>14}{'(min - max)':>18}"
             f"{'cpu, s':>9}{'ratio':>8}{'memory, MB':>13}{'ratio':>8}"]
    for peer, row in summary["peers"].items():
        time, memory = row["time"], row["memory_bytes"]["median"]
        between = f"({number(time['min'])} - {number(time['max'])})"
        lines.append(
            f"  {peer:<16}{number(time['median']):>14}{between:>18}"
            f"{number(row['cpu_seconds']['median']):>9}"
            f"{number(row.get('time_ratio')):>8}"
            f"{number(memory / 1e6) if memory else '':>13}"
            f"{number(row.get('memory_ratio')):>8}".rstrip())
        if beside := beside_text(row, summary["beside"]):
            lines.append(f"  {'':<16}  {beside}")
    return "\n".join(lines)


def heading(subject, quick):
    remark = "Quick: the sizes are smaller than the titles say.\n"
    return f"""\
{remark if quick else ''}\
A ratio is {subject}'s time or memory over the peer's, paired within each round:
below 1, {subject} is faster or smaller.  Memory is the peak resident memory, and
for lists what is resident after the collection."""


def drift(baseline, programs):
    """Lines that compare ratios with those of a stored run.  Ratios carry over
    from one machine to another, to a degree; times do not."""
    lines = []
    for name, summary in programs.items():
        old = baseline["programs"].get(name, {"peers": {}})["peers"]
        for peer, row in summary["peers"].items():
            for key in ("time_ratio", "memory_ratio"):
                before, now = old.get(peer, {}).get(key), row.get(key)
                if before and now:
                    percent = 100 * (now / before - 1)
                    mark = "  <--" if percent > 10 else ""
                    lines.append(
                        f"  {name:<18}{peer:<12}{key:<14}{number(before):>8}"
                        f" -> {number(now):<8}{percent:+6.1f} %{mark}")
    return lines or ["  nothing in common with the baseline"]
