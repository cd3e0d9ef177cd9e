// contender.js: one run of the engine as WebAssembly for the benchmarks, led by commands so that its blocks can alternate
// with other programs'. The same file serves contender.worker.js (Chromium) and contender-node.js; contender.c is its native
// counterpart and answers with the same keys. Not part of the page. Depends on web/wasm.js.
import { ADVANCED, DATA_FILES, WasmEngine } from "../../web/wasm.js";

/**
 * Loads a build, hands over the data and starts a run at step 0. `glue(name)`: the address of a build's script; `read(name)`:
 * a file of MNIST as Uint8Array. -> {answer(request), opening}.
 */
export async function startContender({ threads, settings, glue, read }) {
  const { default: factory } = await import(glue(threads > 1 ? "filigree-threads.js" : "filigree.js"));
  const module = await factory({ poolSize: threads - 1 });
  const engine = new WasmEngine(module, threads);
  engine.configure(settings);
  if (engine.needsFiles()) {
    for (const [which, name] of DATA_FILES.entries()) {
      const bytes = await read(name);
      await engine.giveFile(which, bytes.length, (view) => view().set(bytes));
    }
  }
  engine.start();
  const { weights } = engine.metrics();
  const batch = Number(engine.settings().batch);

  /** Trains for `limit` seconds of steps, or (limit 0) to the end of an epoch and through its evaluation. */
  function train(limit) {
    let steps = 0;
    let seconds = 0;
    let evaluation = 0;
    let evaluations = 0;
    let did;
    do {
      const begin = performance.now();
      did = engine.advance();
      const taken = (performance.now() - begin) / 1000;
      if (did === ADVANCED.FINISHED || did === ADVANCED.DIVERGED) break;
      if (did === ADVANCED.BATCH) {
        steps++;
        seconds += taken;
      } else {
        evaluation += taken;
        if (did === ADVANCED.EPOCH) evaluations++;
      }
    } while (limit > 0 ? seconds < limit : did !== ADVANCED.EPOCH);
    const { epoch, phase, nonzeros, test_accuracy, state } = engine.metrics();
    const finished = state !== "running";
    return {
      ...{ steps, seconds, evaluation_seconds: evaluation, evaluations },
      ...{ epoch, phase, nonzeros, test_accuracy, finished },
      memory: module.wasmMemory.buffer.byteLength,
    };
  }

  return {
    opening: { weights, batch, lanes: 4 },
    answer: ({ command, seconds }) => train(command === "block" ? seconds : 0),
  };
}
