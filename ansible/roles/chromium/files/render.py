"""Render a page in Chromium without a screen: by itself, and by chromedriver."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request

wanted = json.load(sys.stdin)
PAGE = (
    "data:text/html,<title>devbox</title><p id=answer></p>"
    "<script>document.querySelector('p').textContent = 19 %2B 23</script>"
)
# Its sandbox is not for root, and not for every container that these checks run in.
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


def ask(port, path, value):
    """Send a command of WebDriver's protocol (W3C); return its value."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if value is None:
        request.method = "DELETE"
    else:
        request.data = json.dumps(value).encode()
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)["value"]


def drive():
    """Open the page by chromedriver, and ask it things."""
    driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE)
    try:
        for line in driver.stdout:
            words = line.decode().split()
            if "successfully" in words:
                port = int(words[-1].rstrip("."))
                break
        else:
            sys.exit("chromedriver does not start")
        options = {"args": ARGUMENTS, "binary": "/usr/bin/chromium"}
        capabilities = {"alwaysMatch": {"goog:chromeOptions": options}}
        session = "/session/" + ask(port, "/session", {"capabilities": capabilities})["sessionId"]
        ask(port, session + "/url", {"url": PAGE})
        asked = {"script": "return [document.title, answer.textContent]", "args": []}
        assert ask(port, session + "/execute/sync", asked) == ["devbox", "42"]
        ask(port, session, None)
    finally:
        driver.terminate()
        driver.wait()


with tempfile.TemporaryDirectory() as folder:
    os.environ.update(HOME=folder, XDG_CONFIG_HOME=folder, XDG_CACHE_HOME=folder)
    command = ["chromium", *ARGUMENTS, "--dump-dom", PAGE]
    said = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=120)
    assert b'<p id="answer">42</p>' in said.stdout, said.stdout
    if wanted["driver"]:
        drive()
    if wanted["flags"]:
        # As Debian's chromium, a shell script, comes to its arguments.
        shown = 'for file in /etc/chromium.d/*; do . "$file"; done; echo "$CHROMIUM_FLAGS"'
        flags = subprocess.run(["sh", "-c", shown], stdout=subprocess.PIPE, check=True).stdout
        assert set(wanted["flags"]) <= set(flags.decode().split()), flags
    fonts = subprocess.run(["fc-list", ":", "family"], stdout=subprocess.PIPE, check=True)
    families = fonts.stdout.decode().lower().replace(" ", "")
    names = [font.split("-core")[0].split("-ttf")[0].replace("-", "") for font in wanted["fonts"]]
    missing = [name for name in names if name.replace("freefont", "freesans") not in families]
    assert not missing, missing
    if wanted["environment"]:
        shown = 'test -x "$CHROME_BIN" && test -x "$PUPPETEER_EXECUTABLE_PATH"'
        clean = {"PATH": os.environ["PATH"], "HOME": folder}
        subprocess.run(["bash", "-lc", shown], check=True, env=clean)
