// tfjs.worker.js: LeNet-300-100 on MNIST in TensorFlow.js's wasm backend (L1, Adam, batch 128), in a classic worker, led by
// messages as contender.worker.js is. Two loops: "layers", the layers API as its users write it, and "tuned", by hand: fused
// products, explicit transposes (a transposed operand is slow in this backend), Adam in place of the optimizer's objects,
// everything in tidy(). Other code than the package itself: none.
const BATCH = 128;
const RATE = 2e-3;
const STRENGTH = 1e-4;
const WIDTHS = [784, 300, 100, 10];
const MODULES = "/build/bench-peers/node_modules/@tensorflow/";

let images, labels, order, at;
let advance = null;

self.importScripts(`${MODULES}tfjs/dist/tf.min.js`, `${MODULES}tfjs-backend-wasm/dist/tf-backend-wasm.min.js`);
const { tf } = self;

async function readBytes(name, header) {
  const response = await fetch(`/build/data/mnist/${name}`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  return new Uint8Array(await response.arrayBuffer(), header);
}

/** The next batch of a shuffled epoch: {x: [B, 784], y: [B, 10] one-hot}, tensors that the caller disposes. */
function nextBatch() {
  if (at + BATCH > order.length) {
    tf.util.shuffle(order);
    at = 0;
  }
  const x = new Float32Array(BATCH * WIDTHS[0]);
  const y = new Float32Array(BATCH * 10);
  for (let b = 0; b < BATCH; b++) {
    const sample = order[at++];
    x.set(images.subarray(sample * WIDTHS[0], (sample + 1) * WIDTHS[0]), b * WIDTHS[0]);
    y[b * 10 + labels[sample]] = 1;
  }
  return { x: tf.tensor2d(x, [BATCH, WIDTHS[0]]), y: tf.tensor2d(y, [BATCH, 10]) };
}

function layersLoop() {
  const model = tf.sequential();
  for (let l = 0; l < 3; l++)
    model.add(
      tf.layers.dense({
        units: WIDTHS[l + 1],
        activation: l < 2 ? "relu" : "softmax",
        kernelInitializer: "heNormal",
        kernelRegularizer: tf.regularizers.l1({ l1: STRENGTH }),
        ...(l === 0 ? { inputShape: [WIDTHS[0]] } : {}),
      }),
    );
  model.compile({ optimizer: tf.train.adam(RATE), loss: "categoricalCrossentropy" });
  return async () => {
    const { x, y } = nextBatch();
    const loss = await model.trainOnBatch(x, y);
    tf.dispose([x, y]);
    return loss;
  };
}

function tunedLoop() {
  const parameters = [];
  for (let l = 0; l < 3; l++) {
    const [inputs, outputs] = [WIDTHS[l], WIDTHS[l + 1]];
    parameters.push(tf.randomNormal([inputs, outputs], 0, Math.sqrt(2 / inputs)), tf.zeros([outputs]));
  }
  const first = parameters.map((p) => tf.zerosLike(p));
  const second = parameters.map((p) => tf.zerosLike(p));
  let step = 0;
  const scalars = Object.fromEntries(
    Object.entries({ m: 0.9, g: 0.1, v: 0.999, gg: 0.001, tiny: 1e-8, l1: STRENGTH, share: 1 / BATCH }).map(
      ([name, value]) => [name, tf.scalar(value)],
    ),
  );

  return async () => {
    step++;
    const [correct1, correct2] = [1 - 0.9 ** step, 1 - 0.999 ** step];
    const kept = tf.tidy(() => {
      const { x, y } = nextBatch();
      const [W1, b1, W2, b2, W3, b3] = parameters;
      const h1 = tf.fused.matMul({ a: x, b: W1, bias: b1, activation: "relu" });
      const h2 = tf.fused.matMul({ a: h1, b: W2, bias: b2, activation: "relu" });
      const z = tf.fused.matMul({ a: h2, b: W3, bias: b3 });
      const dz3 = tf.mul(tf.sub(tf.softmax(z), y), scalars.share);
      const dz2 = tf.mul(tf.matMul(dz3, tf.transpose(W3)), tf.step(h2));
      const dz1 = tf.mul(tf.matMul(dz2, tf.transpose(W2)), tf.step(h1));
      const gradients = [
        tf.matMul(tf.transpose(x), dz1),
        tf.sum(dz1, 0),
        tf.matMul(tf.transpose(h1), dz2),
        tf.sum(dz2, 0),
        tf.matMul(tf.transpose(h2), dz3),
        tf.sum(dz3, 0),
      ];
      // w -= rate * sqrt(correct2) / correct1 * m / (sqrt(v) + epsilon), as in Adam's paper, section 2.
      const rate = tf.scalar((-RATE * Math.sqrt(correct2)) / correct1);
      const next = [];
      parameters.forEach((p, k) => {
        const g = k % 2 ? gradients[k] : tf.add(gradients[k], tf.mul(tf.sign(p), scalars.l1));
        const m = tf.add(tf.mul(first[k], scalars.m), tf.mul(g, scalars.g));
        const v = tf.add(tf.mul(second[k], scalars.v), tf.mul(tf.square(g), scalars.gg));
        const w = tf.add(p, tf.mul(tf.div(m, tf.add(tf.sqrt(v), scalars.tiny)), rate));
        next.push(w, m, v);
      });
      return [...next, z];
    });
    for (let k = 0; k < 6; k++) {
      tf.dispose([parameters[k], first[k], second[k]]);
      [parameters[k], first[k], second[k]] = kept.slice(3 * k, 3 * k + 3);
    }
    // Reading it waits for the backend as a user's log of the loss would; wasm has computed it already.
    kept[18].dispose();
  };
}

async function start({ threads, loop }) {
  tf.wasm.setWasmPaths(`${MODULES}tfjs-backend-wasm/dist/`);
  if (threads) {
    // The backend takes at most half of the cores that it sees: told of twice as many, it takes what it is asked to take.
    Object.defineProperty(self.navigator, "hardwareConcurrency", { value: 2 * threads });
    tf.wasm.setThreadsCount(threads);
  }
  if (!(await tf.setBackend("wasm"))) throw new Error("the wasm backend could not be started");
  await tf.ready();
  const bytes = await readBytes("train-images-idx3-ubyte", 16);
  images = Float32Array.from(bytes, (byte) => byte / 255);
  labels = await readBytes("train-labels-idx1-ubyte", 8);
  order = Uint32Array.from(labels, (_, k) => k);
  at = order.length;
  advance = loop === "layers" ? layersLoop() : tunedLoop();
  const { version } = tf;
  return {
    batch: BATCH,
    version: version.tfjs,
    threads: tf.wasm.getThreadsCount(),
    simd: await tf.env().getAsync("WASM_HAS_SIMD_SUPPORT"),
    multithread: await tf.env().getAsync("WASM_HAS_MULTITHREAD_SUPPORT"),
  };
}

async function block(limit) {
  let steps = 0;
  const begin = performance.now();
  let seconds;
  do {
    await advance();
    steps++;
    seconds = (performance.now() - begin) / 1000;
  } while (seconds < limit);
  return { steps, seconds, tensors: tf.memory().numTensors };
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ result: advance ? await block(data.seconds) : await start(data) });
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) });
  }
};
