// contender.worker.js: contender.js in a browser's worker. The first message starts the run, each later one is a command;
// every message has one answer, {result} or {error}. Depends on contender.js.
import { startContender } from "./contender.js";

let contender = null;

async function read(name) {
  const response = await fetch(`/build/data/mnist/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

self.onmessage = async ({ data }) => {
  try {
    if (contender) return self.postMessage({ result: contender.answer(data) });
    const glue = (name) => new URL(`/build/bench/wasm/${name}`, self.location.href).href;
    contender = await startContender({ ...data, glue, read });
    self.postMessage({ result: contender.opening });
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) });
  }
};
