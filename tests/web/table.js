// table.js: a small option table of the engine's form, for tests of the pure modules.
export const table = {
  version: "1",
  options: [
    {
      key: "data",
      type: "choice",
      choices: ["mnist", "moons", "xor"],
      default: "mnist",
      scope: "shared",
      restart: true,
    },
    { key: "data-dir", type: "path", default: "none", scope: "shared", restart: true, link: false },
    { key: "layers", type: "layers", default: "by data", scope: "shared", restart: true },
    { key: "regularizer", type: "choice", choices: ["none", "l1", "arrangement"], scope: "contender", restart: true },
    { key: "lambda", type: "real", min: 0, max: 1000, scope: "contender", restart: false, scale: "log" },
    { key: "order", type: "real", min: 0.001, max: 1000, scope: "contender", restart: false, scale: "linear" },
    { key: "l1", type: "real", min: 0, max: 1000, default: 0, scope: "contender", restart: false, scale: "log" },
    { key: "lr", type: "real", min: 0, max: 100, default: 2e-3, scope: "shared", restart: false, scale: "log" },
    { key: "epochs", type: "integer", min: 0, max: 100000, default: 50, scope: "shared", restart: true },
    { key: "seed", type: "integer", min: 0, max: 9007199254740991, default: 1, scope: "shared", restart: true },
  ],
  regularizers: [
    { name: "none", label: "None", lambda: 0 },
    { name: "l1", label: "L1", lambda: 1e-4 },
    { name: "arrangement", label: "Arrangement", lambda: 3.5e-5 },
  ],
  datasets: [
    { name: "mnist", layers: "784,300,100,10", generated: false },
    { name: "moons", layers: "2,32,32,2", generated: true },
    { name: "xor", layers: "2,32,32,2", generated: true },
  ],
  presets: [
    { name: "mnist", shared: "data=mnist", a: "regularizer=l1&lambda=1e-4", b: "regularizer=arrangement&l1=1e-4" },
    {
      name: "moons",
      shared: "data=moons&epochs=30",
      a: "regularizer=l1&lambda=1e-3",
      b: "regularizer=arrangement&lambda=1e-4&l1=1e-3",
    },
  ],
};
