"""Ask a server on loopback that stands for S3, as AWS itself cannot be asked from everywhere."""

import http.server
import json
import os
import subprocess
import sys
import threading

wanted = json.load(sys.stdin)
asked = []
ANSWER = (
    b'<?xml version="1.0"?><ListAllMyBucketsResult><Owner><ID>1</ID></Owner><Buckets><Bucket>'
    b"<Name>devbox-verify</Name><CreationDate>2020-01-02T03:04:05.000Z</CreationDate>"
    b"</Bucket></Buckets></ListAllMyBucketsResult>"
)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        asked.append(self.headers["Authorization"])
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *words):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
keys = {"AWS_ACCESS_KEY_ID": "devbox", "AWS_SECRET_ACCESS_KEY": "verify"}
environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **keys}
command = f"aws --endpoint-url http://127.0.0.1:{server.server_port} s3api list-buckets"
version = subprocess.run(["aws", "--version"], stdout=subprocess.PIPE, check=True).stdout.decode()
# Version 1 has no pager to switch off.
if not version.startswith("aws-cli/1."):
    command += " --no-cli-pager"
if not wanted["region"]:
    command += " --region eu-central-1"
if wanted["output"] not in ("", "json"):
    command += " --output json"
said = subprocess.run(["bash", "-lc", command], stdout=subprocess.PIPE, check=True, env=environment)
buckets = json.loads(said.stdout)["Buckets"]
assert [bucket["Name"] for bucket in buckets] == ["devbox-verify"], buckets
region = wanted["region"] or "eu-central-1"
assert f"/{region}/s3/aws4_request" in asked[0], asked
print(version)
number = version.split()[0].partition("/")[2]
if wanted["version"] and not (number + ".").startswith(wanted["version"] + "."):
    sys.exit(f"the version is {number}, not {wanted['version']}")
if wanted["output"]:
    shown = ["bash", "-lc", 'test "$AWS_DEFAULT_OUTPUT" = "$1"', "-", wanted["output"]]
    subprocess.run(shown, check=True, env=environment)
