"""Headless Chromium by the WebDriver protocol, which needs only the standard library and Debian's chromium-driver."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request

DRIVER = shutil.which("chromedriver")
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window; a context manager.

    Parameters
    ----------
    downloads
        Folder where downloads go, and the browser's profile.
    """

    def __init__(self, downloads):
        self.downloads = downloads

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def start(self):
        self.driver = subprocess.Popen(
            [DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for line in self.driver.stdout:
            if "successfully on port" in line:
                port = line.strip().rstrip(".").split()[-1]
                self.address = f"http://127.0.0.1:{port}"
                break
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--disable-background-networking", f"--user-data-dir={self.downloads / 'profile'}",
        ]  # fmt: skip
        found = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {
                "binary": CHROMIUM,
                "args": arguments,
                "prefs": {"download.default_directory": str(self.downloads)},
            },
        }}})  # fmt: skip
        self.address += f"/session/{found['sessionId']}"

    def __exit__(self, *error):
        try:
            self.call("DELETE", "")
        finally:
            self.stop()

    def stop(self):
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.address + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:2000]) from None

    def devtools(self, command, **parameters):
        return self.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, path, width, *, dark=False, height=900):
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[theme])
        self.call("POST", "/url", {"url": path.as_uri()})

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def element(self, selector):
        return self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", f"/element/{self.element(selector)}/click", {})

    def keys(self, selector, text):
        self.call("POST", f"/element/{self.element(selector)}/value", {"text": text})

    def point(self, selector, across, down):
        """Move the pointer to a fraction of an element's width and height."""
        x, y = self.run(
            "const e = document.querySelector(arguments[0]); e.scrollIntoView({block: 'center'});"
            "const b = e.getBoundingClientRect();"
            "return [b.left + arguments[1] * b.width, b.top + arguments[2] * b.height]",
            selector, across, down,
        )  # fmt: skip
        self.devtools("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def text(self, selector):
        return self.call("GET", f"/element/{self.element(selector)}/text")

    def messages(self):
        """What was written to the console since the last call, also by the browser itself."""
        return [each["message"] for each in self.call("POST", "/se/log", {"type": "browser"})]

    def requests(self):
        """Addresses asked for since the last call, each until its first colon."""
        events = [json.loads(each["message"])["message"] for each in
                  self.call("POST", "/se/log", {"type": "performance"})]  # fmt: skip
        sent = [each for each in events if each["method"] == "Network.requestWillBeSent"]
        return [each["params"]["request"]["url"] for each in sent]

    def downloaded(self, name, seconds=20):
        path, end = self.downloads / name, time.monotonic() + seconds
        while not path.exists() and time.monotonic() < end:
            time.sleep(0.05)
        return path.read_text("utf-8")

    def screenshot(self, path):
        """The whole page as PNG."""
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        found = self.devtools(
            "Page.captureScreenshot", captureBeyondViewport=True, clip={**size, "scale": 1}
        )
        path.write_bytes(base64.b64decode(found["data"]))

    def pdf(self, path):
        """The page as it prints on A4."""
        found = self.devtools("Page.printToPDF", preferCSSPageSize=True)
        path.write_bytes(base64.b64decode(found["data"]))
