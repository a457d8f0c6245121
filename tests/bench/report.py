"""The table for people (Markdown that also reads well in a terminal) and the record for machines."""
from __future__ import annotations

import dataclasses
import datetime
import json

import figures
import machine

COLUMNS = ("figure", "accept", "aim", "measured", "verdict", "")


def heading(described: dict, versions: dict, settings) -> str:
    today = datetime.date.today().isoformat()
    lines = [f"{today} · {described['cpu']}, {described['cores']} cores · "
             f"{described['system']}, Linux {described['kernel']}",
             " · ".join(f"{name} {version}" for name, version in versions.items() if version),
             f"medians of {settings.rounds} rounds of {settings.seconds:g} s, peers interleaved; "
             "×: localfn over the peer"]
    if machine.is_busy(described):
        lines.append(f"note: load {described['load']:.1f} before the start: the machine is busy, "
                     "figures are noisy")
    return "\n".join(lines)


def table(selected: list, results: dict) -> str:
    rows = [COLUMNS]
    for figure in selected:
        measured = results[figure.key]
        rows.append((figure.title, _bound(figure, figure.accept, figure.also),
                     _bound(figure, figure.aim), _value(figure, measured.value),
                     figures.verdict(figure, measured),
                     measured.missing or "; ".join(filter(None, (measured.broken, measured.note)))))
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS) - 1)]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|---|")
    return "\n".join(lines)


def failed(selected: list, results: dict) -> list:
    return [figure for figure in selected
            if figures.verdict(figure, results[figure.key]) == figures.FAIL]


def unmeasured(selected: list, results: dict) -> list:
    return [figure for figure in selected if results[figure.key].value is None]


def write_json(path: str, described: dict, versions: dict, settings, selected: list,
               results: dict) -> None:
    record = {"date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
              "machine": described, "versions": versions, "rounds": settings.rounds,
              "seconds": settings.seconds,
              "figures": [{**dataclasses.asdict(figure),
                           **dataclasses.asdict(results[figure.key]),
                           "verdict": figures.verdict(figure, results[figure.key])}
                          for figure in selected]}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(record, file, indent=2, ensure_ascii=False)
        file.write("\n")


def _line(row: tuple, widths: list) -> str:
    cells = [cell.ljust(width) for cell, width in zip(row, widths)]
    return "| " + " | ".join(cells) + f" | {row[-1]} |"


def _bound(figure: figures.Figure, bound, also: str = "") -> str:
    if bound is None:
        return "–"
    sign = "≥" if figure.more_is_better else "≤"
    text = f"{sign} {bound:g} {figure.unit}" if figure.unit != "×" else f"{sign} {bound:g}"
    return f"{text}, {also}" if also else text


def _value(figure: figures.Figure, value) -> str:
    if value is None:
        return "–"
    digits = 2 if value < 10 else 1
    return f"{value:.{digits}f} {figure.unit}"
