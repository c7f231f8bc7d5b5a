// What is to be saved becomes a file of the reader's.

/** @import { Values } from "../frame/types.js" */
import { say } from "../frame/announce.js";

/** @type {Record<string, string>} */
const TYPES = { csv: "text/csv", json: "application/json", graphml: "application/graphml+xml", html: "text/html", svg: "image/svg+xml", png: "image/png" };

// `content`: text, or a Blob.
/** @param {string} name @param {BlobPart} content */
export function saveFile(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: TYPES[name.slice(name.lastIndexOf(".") + 1)] }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  say(`Saved ${name}.`);
}

// `values(listener)`: has the listener called with each thing that is to be saved (components/files/download.py).
/** @param {Values} values */
export function mountDownload(values) {
  /** @type {number | null} */
  let saved = null;
  values((value) => {
    const { number, name, text } = JSON.parse(value);
    if (number === saved) return; // the same value may be told twice; a second press has a number of its own
    saved = number;
    saveFile(name, text);
  });
}
