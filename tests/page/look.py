"""Opens pages in a real Chromium, narrow and wide, light and dark, and reports what is wrong with them.

    look.py FILE.html... [--shots DIR]

Needs chromium and chromium-driver (apt-get install --no-install-recommends) and requirements.txt. Each page is loaded
again for each width and scheme. It is checked as loaded, and again after everything that can be opened is open. Names,
structure and keyboard don't depend on the scheme and are checked only in the first. Exit 1 on any complaint.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import sys
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

WIDTHS = (390, 1280)
SCHEMES = ("light", "dark")
HEIGHT = 900
SIZE_LIMIT = 60_000  # bytes of a page without its data
NAMED_ROLES = {
    "button",
    "link",
    "combobox",
    "radio",
    "checkbox",
    "textbox",
    "searchbox",
    "slider",
    "switch",
    "tab",
    "menuitem",
    "DisclosureTriangle",
    "image",
    "img",
    "dialog",
    "region",
    "table",
}
IN_PAGE = (Path(__file__).parent / "look_in_page.js").read_text("utf-8")


class Trouble(Exception):
    """The pages can't be checked; the message gives the reason."""


def program(*names: str) -> str:
    for name in names:
        if path := shutil.which(name):
            return path
    raise Trouble(f"{names[0]}: not found; apt-get install --no-install-recommends chromium chromium-driver")


def open_browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "google-chrome")
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--hide-scrollbars",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(program("chromedriver")))
    driver.set_page_load_timeout(60)
    driver.execute_cdp_cmd("Page.enable", {})
    driver.execute_cdp_cmd("Accessibility.enable", {})
    driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": IN_PAGE})
    return driver


class Look:
    """One page at one width in one scheme; `complaints` are sentences."""

    def __init__(self, driver: webdriver.Chrome, page: Path, width: int, scheme: str):
        self.driver, self.page, self.width, self.scheme = driver, page, width, scheme
        self.complaints: list[str] = []
        self.state = "as opened"
        self.seconds = 0.0

    def complain(self, sentence: str) -> None:
        complaint = f"{self.page.name}, {self.width} px, {self.scheme}, {self.state}: {sentence}"
        if complaint not in self.complaints:
            self.complaints.append(complaint)

    def ask(self, question: str, *arguments):
        """Returns the answer of a function of look_in_page.js."""
        return self.driver.execute_script(f"return window.look.{question}(...arguments)", *arguments)

    def cdp(self, command: str, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def open(self) -> None:
        self.cdp(
            "Emulation.setDeviceMetricsOverride", width=self.width, height=HEIGHT, deviceScaleFactor=1, mobile=False
        )
        self.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": self.scheme}])
        self.driver.get("about:blank")
        for kind in ("browser", "performance"):
            self.driver.get_log(kind)
        start = time.monotonic()
        self.driver.get(self.page.as_uri())
        self.ask("painted")
        self.seconds = time.monotonic() - start

    def check_layout(self) -> None:
        over = self.ask("overflow")
        if over:
            self.complain(
                f"the page is {over['width']} px wide; beyond the edge: {', '.join(over['who']) or 'nothing visible'}"
            )
        for source in self.ask("brokenImages"):
            self.complain(f"an image is not loaded: {source}")

    def check_contrast(self) -> None:
        for entry in self.ask("lowContrast"):
            self.complain(f"contrast of \"{entry['text']}\" is {entry['ratio']:.2f}, less than {entry['least']}")

    def check_structure(self) -> None:
        for sentence in self.ask("structure"):
            self.complain(sentence)

    def check_names(self) -> None:
        for node in self.cdp("Accessibility.getFullAXTree")["nodes"]:
            role, name = node.get("role", {}).get("value"), node.get("name", {}).get("value", "").strip()
            if not node.get("ignored") and role in NAMED_ROLES and not name:
                self.complain(f"a {role} has no accessible name: {self.html_of(node)}")

    def html_of(self, node: dict) -> str:
        if "backendDOMNodeId" not in node:
            return "?"
        return self.cdp("DOM.getOuterHTML", backendNodeId=node["backendDOMNodeId"])["outerHTML"][:120]

    def check_keyboard(self) -> None:
        """Tab from the top must reach every control, and each must show that it has the focus."""
        if self.scheme != SCHEMES[0]:
            return
        missing = set(range(self.ask("listControls")))
        for _ in range(len(missing) + 5):
            for kind in ("rawKeyDown", "keyUp"):
                self.cdp("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
            focused = self.ask("focused")
            if focused["index"] in missing and not focused["visible"]:
                self.complain(f"the focus isn't visible on {focused['who']}")
            missing.discard(focused["index"])
            if not missing:
                return
        for index in sorted(missing):
            self.complain(f"Tab doesn't reach {self.ask('describeControl', index)}")

    def check_logs(self) -> None:
        for entry in self.driver.get_log("browser"):
            if entry["level"] in ("SEVERE", "WARNING"):
                self.complain(f"the console reports: {entry['message'][:300]}")
        for violation in self.ask("violations"):
            self.complain(f"the content security policy was violated: {violation}")
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if url.split("#")[0] != self.page.as_uri() and not url.startswith(("data:", "about:")):
                    self.complain(f"it requested {url[:200]}")

    def check_all(self) -> None:
        self.check_layout()
        self.check_contrast()
        if self.scheme == SCHEMES[0]:
            self.check_structure()
            self.check_names()

    def picture(self, clip: dict[str, float] | None) -> bytes:
        """A PNG of a part of the page, or of what the window shows."""
        part = {} if clip is None else {"clip": clip}
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=clip is not None, **part)
        return base64.b64decode(shot["data"])

    def shoot(self, shots: Path | None, name: str) -> None:
        if shots is None:
            return
        metrics = self.cdp("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": self.width, "height": min(16000, metrics["height"]), "scale": 1}
        path = shots / f"{self.page.stem}-{self.width}-{self.scheme}{'' if name == 'page' else '-' + name}.png"
        path.write_bytes(self.picture(None if name == "dialog" else clip))

    def run(self, shots: Path | None) -> None:
        self.open()
        self.check_all()
        self.shoot(shots, "page")
        self.check_keyboard()
        for state, step in (("all opened", "openAll"), ("sorted and chosen", "useControls"), ("dialog", "openDialog")):
            self.state = state
            if self.ask(step):
                self.check_all()
                self.shoot(shots, state.split()[-1])
        for sentence in self.ask("leaveDialog"):
            self.complain(sentence)
        self.state = "in all"
        self.check_logs()


def look_at(driver: webdriver.Chrome, page: Path, shots: Path | None) -> list[str]:
    complaints, seconds = [], []
    for width in WIDTHS:
        for scheme in SCHEMES:
            look = Look(driver, page, width, scheme)
            look.run(shots)
            complaints += look.complaints
            seconds.append(look.seconds)
    size = page.stat().st_size
    frame = size - driver.execute_script("return window.look.dataBytes()")
    if frame > SIZE_LIMIT:
        complaints.append(f"{page.name}: {frame} bytes without its data, more than {SIZE_LIMIT}")
    print(
        f"{page.name}: {size / 1000:.1f} kB ({frame / 1000:.1f} kB without its data), opened and drawn in "
        f"{min(seconds):.2f} to {max(seconds):.2f} s, {len(complaints)} complaints"
    )
    return complaints


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path, nargs="+", metavar="FILE.html")
    parser.add_argument("--shots", type=Path, metavar="DIR", help="where to put screenshots")
    arguments = parser.parse_args()
    if missing := [str(page) for page in arguments.pages if not page.is_file()]:
        raise Trouble(f"{missing[0]}: not a file")
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    driver = open_browser()
    try:
        complaints = [
            sentence for page in arguments.pages for sentence in look_at(driver, page.resolve(), arguments.shots)
        ]
    finally:
        driver.quit()
    for sentence in complaints:
        print(sentence, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        sys.exit(f"look.py: {trouble}")
