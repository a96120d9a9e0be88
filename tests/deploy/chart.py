"""Helm, asked for one thing: run by the tools' own Python, which alone has the library.

Reads `{"do", "chart", "values"}` from standard input and writes `{"answer"}` or `{"refused"}`.
"""

import json
import sys

import helm_python as helm


def answer(do: str, chart: str, values: dict) -> object:
    """Lint the chart, or render it as release `prod` in namespace `shop`."""
    if do == "lint":
        return helm.lint(chart, values, strict=True)
    with helm.Chart.load(chart) as loaded:
        loaded.validate_schema(values)
        return loaded.render(values, name="prod", namespace="shop")


asked = json.load(sys.stdin)
try:
    told = {"answer": answer(**asked)}
except helm.HelmError as problem:
    told = {"refused": str(problem)}
sys.stdout.write(json.dumps(told))
