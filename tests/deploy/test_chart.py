"""The Helm chart, linted and rendered by Helm itself and held to Kubernetes' own schemas."""

import dataclasses
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy.tools import DEPLOY, run

from connector import __version__
from connector.settings import PREFIX, Settings

CHART = DEPLOY / "helm" / "unitwire"
LEAST = {"settings": {"PUBLIC_URL": "https://unitwire.example.com"}}
MOST = {
    "image": {"tag": "1.2.3", "pullSecrets": ["registry"]},
    "settings": {**LEAST["settings"], "STORA_CLIENT_ID": "unitwire"},
    "secret": {"storaClientSecret": "stora"},
    "web": {"autoscaling": {"enabled": True}},
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "tlsSecret": "tls",
        "annotations": {"a.example.com/b": "c"},
    },
    "networkPolicy": {
        "from": [{"namespaceSelector": {"matchLabels": {"name": "ingress"}}}],
        "database": {"to": [{"ipBlock": {"cidr": "10.0.0.5/32"}}]},
    },
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "podAnnotations": {"a": "b"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
}
REPLICAS = {"web": 2, "dispatcher": 2}
Render = Callable[..., list[dict[str, Any]]]


EVERY = pytest.mark.parametrize("values", [LEAST, MOST], ids=["least", "most"])


def ask(bin: Path, do: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return what Helm says."""
    asked = json.dumps({"do": do, "chart": str(CHART), "values": values})
    script = Path(__file__).with_name("chart.py")
    told: dict[str, Any] = json.loads(run(bin / "python", script, stdin=asked).stdout)
    return told


@pytest.fixture
def render(bin: Path) -> Render:
    """A function that returns the chart's objects for values."""

    def rendered(values: dict[str, Any]) -> list[dict[str, Any]]:
        files = ask(bin, "render", values)["answer"]
        texts = [text for name, text in files.items() if name.endswith(".yaml")]
        return [each for text in texts for each in yaml.safe_load_all(text) if each]

    return rendered


def pods(objects: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return each pod's specification, by its component."""
    found = [each["spec"]["template"] for each in objects if "template" in each.get("spec", {})]
    component = "app.kubernetes.io/component"
    return {pod["metadata"]["labels"][component]: pod["spec"] for pod in found}


@EVERY
def test_helm_finds_no_fault(bin: Path, values: dict[str, Any]) -> None:
    """Its linter has neither an error nor a warning, in strict mode."""
    found = ask(bin, "lint", values)["answer"]
    assert [each for each in found["messages"] if each["severity"] > 1] == []
    assert found["total_charts_linted"] == 1


@EVERY
@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_kubernetes_knows_every_field(
    bin: Path, render: Render, tmp_path: Path, values: dict[str, Any], version: str
) -> None:
    """Each object fits its schema, strictly, in the oldest version promised and in a new one."""
    file = tmp_path / "objects.yaml"
    known = [each for each in render(values) if not each["apiVersion"].startswith("monitoring.")]
    file.write_text(yaml.safe_dump_all(known))
    run(bin / "kubernetes-validate", "--strict", "--version", version, file)


def test_all_kinds_are_there(render: Render) -> None:
    """What is off by default can be turned on."""
    always = {"Deployment", "Service", "Job", "NetworkPolicy", "PodDisruptionBudget"}
    assert {each["kind"] for each in render(LEAST)} == always
    more = {"Ingress", "HorizontalPodAutoscaler", "ServiceMonitor"}
    assert {each["kind"] for each in render(MOST)} == always | more


@EVERY
def test_every_pod_is_locked_up(render: Render, values: dict[str, Any]) -> None:
    """Nobody in particular, without capabilities, with nothing to write on but scratch."""
    found = pods(render(values))
    assert set(found) == {"web", "dispatcher", "migrate"}
    for pod in found.values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


@EVERY
def test_every_setting_of_a_pod_is_one_of_unitwire(render: Render, values: dict[str, Any]) -> None:
    """And secrets come as files, never as values."""
    known = {PREFIX + each.name.upper(): each for each in dataclasses.fields(Settings)}
    for pod in pods(render(values)).values():
        for entry in pod["containers"][0]["env"]:
            name = entry["name"].removesuffix("_FILE")
            assert name in known
            assert known[name].repr or entry["value"].startswith("/run/secrets/unitwire/")


def test_the_web_pods_stay_when_no_dispatcher_runs(render: Render) -> None:
    """They are asked for their intake only, and for their life at what needs no database."""
    (web,) = pods(render(LEAST))["web"]["containers"]
    assert web["readinessProbe"]["httpGet"]["path"] == "/readyz?of=intake"
    assert web["livenessProbe"]["httpGet"]["path"] == "/healthz"


def test_replicas_are_left_to_who_counts_them(render: Render) -> None:
    """Two of each by default; with autoscaling the chart names no number, or each upgrade would
    undo it."""
    for values, kept in ((LEAST, True), (MOST, False)):
        deployments = [each for each in render(values) if each["kind"] == "Deployment"]
        for each in deployments:
            part = each["metadata"]["labels"]["app.kubernetes.io/component"]
            wanted = REPLICAS[part] if kept or part == "dispatcher" else None
            assert each["spec"].get("replicas") == wanted


def test_the_way_out_leads_to_the_public_internet_only(render: Render) -> None:
    """Names, the database, and port 443 outside of private ranges."""
    (policy,) = [each["spec"] for each in render(MOST) if each["kind"] == "NetworkPolicy"]
    names, database, outside = policy["egress"]
    assert {each["port"] for each in names["ports"]} == {53}
    assert database == {"ports": [{"port": 5432}], "to": [{"ipBlock": {"cidr": "10.0.0.5/32"}}]}
    assert outside["ports"] == [{"port": 443}]
    assert "169.254.0.0/16" in outside["to"][0]["ipBlock"]["except"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "PUBLIC_URL"),
        ({"settings": {"PUBLIC_URL": "http://unitwire.example.com"}}, "PUBLIC_URL"),
        ({"settings": {"PUBLIC_URL": "https://unitwire.example.com/path"}}, "PUBLIC_URL"),
        ({"settings": {**LEAST["settings"], "SECRET_KEYS": "k"}}, "SECRET_KEYS"),
        ({"settings": {**LEAST["settings"], "DATABASE_URL": "postgresql://"}}, "DATABASE_URL"),
        ({"settings": {**LEAST["settings"], "STORA_CLIENT_SECRET": "s"}}, "STORA_CLIENT_SECRET"),
        ({"settings": {**LEAST["settings"], "RETENTION_DAYS": 30}}, "RETENTION_DAYS"),
        ({**LEAST, "web": {"replica": 2}}, "replica"),
        ({**LEAST, "secrets": {}}, "secrets"),
        ({**LEAST, "service": {"port": 65536}}, "port"),
    ],
)
def test_wrong_values_are_refused(bin: Path, values: dict[str, Any], why: str) -> None:
    """By name, before anything is installed."""
    assert why in ask(bin, "render", values)["refused"]


def test_the_chart_is_of_this_version() -> None:
    """It starts the image of the version that it came with."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (__version__, __version__)


def test_every_value_is_known_to_the_schema() -> None:
    """Whatever values.yaml offers, values.schema.json describes."""
    offered = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert set(offered) <= set(schema["properties"])


def test_every_value_is_used() -> None:
    """None is there for nothing."""
    told = "".join(file.read_text() for file in (CHART / "templates").iterdir())
    offered = yaml.safe_load((CHART / "values.yaml").read_text())
    assert [name for name in offered if not re.search(rf"\.Values\.{name}\b", told)] == []
