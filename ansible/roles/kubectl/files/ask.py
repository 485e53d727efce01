"""Ask a server on loopback that stands for a cluster, and put an overlay together."""

import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

wanted = json.load(sys.stdin)
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "devbox-verify", "namespace": "default"},
    "spec": {"containers": []},
    "status": {"phase": "Running"},
}
ANSWERS = {
    "/version": {"major": "1", "minor": "32", "gitVersion": "v1.32.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            {
                "name": "pods",
                "singularName": "pod",
                "namespaced": True,
                "kind": "Pod",
                "verbs": ["get", "list"],
            }
        ],
    },
    "/api/v1/namespaces/default/pods/devbox-verify": POD,
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answer = ANSWERS.get(self.path.partition("?")[0])
        body = json.dumps(answer or {"kind": "Status", "code": 404}).encode()
        self.send_response(200 if answer else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


def kubectl(*words, **more):
    said = subprocess.run(["kubectl", *words], stdout=subprocess.PIPE, check=True, **more)
    return said.stdout.decode()


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
with tempfile.TemporaryDirectory() as folder:
    os.environ.update(HOME=folder, KUBECONFIG="/dev/null")
    Path(folder, "kustomization.yaml").write_text("namePrefix: devbox-\nresources: [one.yaml]\n")
    one = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "one"}}
    Path(folder, "one.yaml").write_text(json.dumps(one))
    assert "name: devbox-one" in kubectl("kustomize", folder)
    address = f"http://127.0.0.1:{server.server_port}"
    phase = kubectl(
        "--server", address, "get", "pod", "devbox-verify", "-o=jsonpath={.status.phase}"
    )
    assert phase == "Running", phase
    version = json.loads(kubectl("version", "--client", "-o=json"))["clientVersion"]["gitVersion"]
    print(version)
    if wanted["version"] and not (version[1:].replace("+", ".") + ".").startswith(
        wanted["version"] + "."
    ):
        sys.exit(f"the version is {version}, not {wanted['version']}")
    clean = {"PATH": os.environ["PATH"], "HOME": folder}
    if wanted["completion"]:
        subprocess.run(["bash", "-lic", "complete -p kubectl"], check=True, env=clean)
    if wanted["kubeconfig"]:
        shown = ["bash", "-lc", 'test "$KUBECONFIG" = "$1"', "-", wanted["kubeconfig"]]
        subprocess.run(shown, check=True, env=clean)
