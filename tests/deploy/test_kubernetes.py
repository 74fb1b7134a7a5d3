"""deploy/kubernetes/: what each pod may do, how it is watched, and who may talk to whom."""

from __future__ import annotations

import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.deploy.images import Image
from tests.deploy.tools import check

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
START_SECONDS = 180  # that a worker may take on a slow machine
STOP_SECONDS = 30  # that a server takes at most to finish what it has taken
NAME = "app.kubernetes.io/name"
Manifest = dict[str, Any]


def manifests(kind: str | None = None) -> Iterator[Manifest]:
    for file in KUSTOMIZATION["resources"]:
        for manifest in yaml.safe_load_all((FOLDER / file).read_text(encoding="utf-8")):
            if kind in (None, manifest["kind"]):
                yield manifest


DEPLOYMENTS = {each["metadata"]["name"]: each for each in manifests("Deployment")}
(JOB,) = manifests("CronJob")
PODS = {name: each["spec"]["template"]["spec"] for name, each in DEPLOYMENTS.items()}
PODS["charley-purge"] = JOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]
(SETTINGS,) = manifests("ConfigMap")


def container(pod: str) -> dict[str, Any]:
    (only,) = PODS[pod]["containers"]
    found: dict[str, Any] = only
    return found


@pytest.mark.parametrize("version", ["1.29", "1.37"])
def test_each_manifest_is_one_of_kubernetes(version: str, tmp_path: Path) -> None:
    file = tmp_path / "all.yaml"
    file.write_text(yaml.safe_dump_all(list(manifests())), encoding="utf-8")
    done = check("kubernetes-validate", "--strict", "-k", version, file)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("passed") + done.stderr.count("passed") == len(list(manifests()))


def kustomized(folder: Path) -> list[Manifest]:
    """What `kubectl apply -k` would apply; skips the test without kubectl."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed; Debian has none that is new enough")
    done = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def images(made: list[Manifest]) -> set[str]:
    pods = [each["spec"]["template"]["spec"] for each in made if each["kind"] == "Deployment"]
    return {of["image"] for pod in pods for of in pod["containers"]}


def test_kustomize_makes_one_of_them() -> None:
    made = kustomized(FOLDER)
    assert len(made) == len(list(manifests()))
    assert all(each["metadata"].get("namespace") == "charley" for each in made if each["kind"] != "Namespace")
    assert images(made) == {f"charley/{name}:0.1.0" for name in ("rasa", "actions", "nginx")}


def test_the_overlay_of_the_document_is_one(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "charley" / "deploy" / "kubernetes")
    document = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    shown = document[document.index("    # overlay/kustomization.yaml") :]
    overlay = tmp_path / "overlay" / "kustomization.yaml"
    overlay.parent.mkdir()
    overlay.write_text(textwrap.dedent(shown[: shown.index("\n\n")]), encoding="utf-8")
    made = kustomized(overlay.parent)
    assert images(made) == {
        f"registry.example.org/charley/{name}:0.1.0" for name in ("rasa", "actions", "nginx")
    }
    (settings,) = (each for each in made if each["kind"] == "ConfigMap")
    assert settings["data"]["CHARLEY_PUBLIC_URL"] == "https://charley.example.org"


def test_every_file_of_the_folder_is_used() -> None:
    there = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert there == set(KUSTOMIZATION["resources"])


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_keeps_to_the_restricted_profile(pod: str) -> None:
    of, inside = PODS[pod]["securityContext"], container(pod)["securityContext"]
    assert of["runAsNonRoot"] is True
    assert of["runAsUser"] > 0
    assert of["seccompProfile"] == {"type": "RuntimeDefault"}
    assert inside == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(PODS[pod])
    kinds = {kind for volume in PODS[pod]["volumes"] for kind in volume if kind != "name"}
    assert kinds <= {"emptyDir", "secret"}


def test_the_namespace_holds_pods_to_it() -> None:
    (namespace,) = manifests("Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_is_the_user_of_its_image_and_can_not_talk_to_the_cluster(pod: str) -> None:
    image = Image.read(container(pod)["image"].removeprefix("charley/")).last_stage
    context = PODS[pod]["securityContext"]
    assert image.all("USER") == [f"{context['runAsUser']}:{context['runAsGroup']}"]
    assert PODS[pod]["automountServiceAccountToken"] is False
    assert PODS[pod]["serviceAccountName"] == "charley"
    assert PODS[pod]["enableServiceLinks"] is False  # they would set variables of Charley's names


@pytest.mark.parametrize("pod", PODS)
def test_a_pod_asks_for_what_it_takes_and_gets_no_more_than_its_limit(pod: str) -> None:
    resources = container(pod)["resources"]
    assert set(resources["requests"]) == set(resources["limits"]) == {"cpu", "memory"}
    assert all("sizeLimit" in volume["emptyDir"] for volume in PODS[pod]["volumes"] if "emptyDir" in volume)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_server_is_watched_from_its_start_on(name: str) -> None:
    of = container(name)
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(of)
    ports = {port["name"] for port in of["ports"]}
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert of[probe]["httpGet"]["port"] in ports


def test_a_rasa_server_has_time_to_start_and_what_is_away_never_ends_it() -> None:
    of = container("charley-rasa")
    startup = of["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= START_SECONDS
    assert of["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert of["readinessProbe"]["httpGet"]["path"] == "/health/ready"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_new_version_comes_before_an_old_one_goes(name: str) -> None:
    rolling = DEPLOYMENTS[name]["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxUnavailable": 0, "maxSurge": 1}
    (budget,) = (b for b in manifests("PodDisruptionBudget") if b["metadata"]["name"] == name)
    assert budget["spec"]["selector"] == DEPLOYMENTS[name]["spec"]["selector"]
    assert budget["spec"]["maxUnavailable"] == 1
    scalers = [s for s in manifests("HorizontalPodAutoscaler") if s["spec"]["scaleTargetRef"]["name"] == name]
    least = scalers[0]["spec"]["minReplicas"] if scalers else DEPLOYMENTS[name]["spec"]["replicas"]
    assert least >= 2
    assert not (scalers and "replicas" in DEPLOYMENTS[name]["spec"])  # each apply would undo the scaling
    assert {s["topologyKey"] for s in PODS[name]["topologySpreadConstraints"]} >= {"kubernetes.io/hostname"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_a_pod_that_stops_has_time_for_it_after_the_proxy_has_learnt(name: str) -> None:
    *_, seconds = container(name)["lifecycle"]["preStop"]["exec"]["command"]
    left = PODS[name]["terminationGracePeriodSeconds"] - int(seconds)
    assert int(seconds) >= 5  # as long as nginx trusts a name that it has looked up
    assert left >= (STOP_SECONDS if name == "charley-rasa" else 20)


def test_every_secret_is_a_file() -> None:
    assert not list(manifests("Secret"))
    for variable, value in SETTINGS["data"].items():
        assert "SECRET" not in variable or variable.endswith("_FILE")
        assert "@" not in value
    mounted = container("charley-rasa")["volumeMounts"]
    (place,) = (mount["mountPath"] for mount in mounted if mount["name"] == "secrets")
    files = [value for variable, value in SETTINGS["data"].items() if variable.endswith("_FILE") and value]
    assert len(files) == 3
    assert all(Path(file).parent == Path(place) for file in files)


def talks() -> set[tuple[str, str, int]]:
    """Who may send to whom in the namespace, and to which port: as both their policies let them."""
    ports = {
        p["name"]: p["containerPort"]
        for pod in DEPLOYMENTS
        for p in container(pod)["ports"]
        if pod != "charley-actions"
    }
    out, into = set(), set()
    for policy in manifests("NetworkPolicy"):
        own = policy["spec"]["podSelector"].get("matchLabels", {}).get(NAME)
        for rule in policy["spec"].get("egress", []):
            for peer in rule["to"]:
                other = peer.get("podSelector", {}).get("matchLabels", {}).get(NAME)
                out |= {(own, other, port["port"]) for port in rule["ports"] if other}
        for rule in policy["spec"].get("ingress", []):
            for peer in rule.get("from", []):
                other = peer.get("podSelector", {}).get("matchLabels", {}).get(NAME)
                of = {**ports, "http": container(own)["ports"][0]["containerPort"]}
                into |= {(other, own, of[port["port"]]) for port in rule["ports"] if other}
    assert out == into  # what one policy lets out another lets in
    return out


def test_only_these_talk_to_each_other() -> None:
    assert talks() == {
        ("charley-nginx", "charley-rasa", 5005),
        ("charley-nginx", "charley-actions", 5055),
        ("charley-rasa", "charley-nginx", 5056),
    }


def test_all_else_is_cut_off() -> None:
    (nobody,) = (p for p in manifests("NetworkPolicy") if p["metadata"]["name"] == "nobody")
    assert nobody["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (actions,) = (p for p in manifests("NetworkPolicy") if p["metadata"]["name"] == "charley-actions")
    assert "egress" not in actions["spec"]
    assert "Egress" in actions["spec"]["policyTypes"]


def test_from_anywhere_only_the_publics_ports_are_reached() -> None:
    open_ = [
        (policy["metadata"]["name"], port["port"])
        for policy in manifests("NetworkPolicy")
        for rule in policy["spec"].get("ingress", [])
        if "from" not in rule
        for port in rule["ports"]
    ]
    assert open_ == [("charley-nginx", "http"), ("charley-nginx", "https")]
    (public,) = (s for s in manifests("Service") if s["spec"].get("type") == "LoadBalancer")
    assert {port["targetPort"] for port in public["spec"]["ports"]} == {"http", "https"}
    assert public["spec"]["externalTrafficPolicy"] == "Local"  # limits go by people's own addresses


def test_the_names_that_are_asked_for_are_those_of_services() -> None:
    services = {each["metadata"]["name"]: each["spec"] for each in manifests("Service")}
    asked = {each["name"]: each["value"] for each in container("charley-nginx")["env"]}
    assert set(asked) <= set(Image.read("nginx").environment)
    for value in asked.values():
        name, port = value.split(":")
        assert name.endswith(".charley.svc.cluster.local")
        service = services[name.split(".")[0]]
        assert service["clusterIP"] == "None"  # nginx sees each pod
        assert service["ports"][0]["port"] == int(port)
    assert SETTINGS["data"]["CHARLEY_ACTIONS_URL"] == "http://charley-inside:5056/webhook"
    assert services["charley-inside"]["ports"][0]["port"] == 5056
    for name, service in services.items():
        assert service["selector"][NAME] in DEPLOYMENTS, name
