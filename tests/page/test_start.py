"""What Gradio wants before the modules have come waits for them, and none of it is lost."""

import json
import subprocess
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

START = Path(__file__).resolve().parents[2] / "assets" / "page" / "start.js"

PAGE = """
await new Promise((come) => (globalThis.come = come)); // the modules come when the test lets them
export const page = {
  order: [], learn: (facts) => page.order.push(["learn", facts]),
  mounts: Object.fromEntries(["one", "two"].map((name) => [name, (element, { trigger, values }) => {
    page.order.push(["mount", name, element]);
    trigger("mounted", { name });
    values((value) => page.order.push(["value", name, value]));
  }])),
};
"""

GRADIO = """
globalThis.window = globalThis;
globalThis.document = { baseURI: ADDRESS };
SOURCE
start("./served");
const first = window.eager;
start("./other"); // every component of ours brings it
const told = [];
const watches = {};
const props = { one: { value: "", facts: 1 }, two: { value: "there at once", facts: 1 } };
const load = (name) =>
  eager.mount(name, `#${name}`, props[name], (...event) => told.push(event), (_, heard) => (watches[name] = heard));
const tell = (name, value) => { props[name].value = value; watches[name](); };
load("two");
load("one");
tell("one", "a");
tell("one", "b");
tell("two", "c");
const asked = (async () => (await eager.ready).order.length)(); // as a click on Run does
const before = { told: [...told], isOne: first === window.eager };
await new Promise((soon) => setTimeout(soon, 50));
come();
await eager.ready;
await asked;
await null;
tell("one", "d");
tell("one", "");
console.log(JSON.stringify({ before, told, order: eager.order, folder: eager.folder }));
"""


def test_what_comes_before_the_modules_is_told_after_them_in_order(tmp_path):
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "page.js").write_text(PAGE, encoding="utf-8")
    address = f"{tmp_path.as_uri()}/"
    script = GRADIO.replace("ADDRESS", json.dumps(address)).replace("SOURCE", START.read_text(encoding="utf-8"))
    node, _ = compute_driver_executable()
    command = [node, "--input-type=module", "-"]
    ran = subprocess.run(command, input=script, capture_output=True, text=True, check=True, timeout=60)
    seen = json.loads(ran.stdout)
    assert seen["before"] == {"told": [], "isOne": True}
    assert seen["folder"] == f"{address}served"
    assert [event for event, _ in seen["told"]] == ["mounted", "mounted"]
    of = {name: [step for step in seen["order"] if step[1] == name] for name in ("one", "two")}
    assert of["two"] == [["mount", "two", "#two"], ["value", "two", "there at once"], ["value", "two", "c"]]
    assert of["one"] == [["mount", "one", "#one"], *(["value", "one", value] for value in "abd")]
    assert seen["order"][0] == ["learn", 1]
