/* node-names.js: stands before the Emscripten module (--extern-pre-js). Older Emscriptens write ES6
 * glue that expects CommonJS names under Node; this supplies them. A browser takes the other branch
 * at once: nothing is imported or awaited there. `beside` is for node-files.js: newer Emscriptens
 * have a `require` of their own, which is not there yet when that runs. */
var require, __filename, __dirname, beside;
if (typeof process == 'object' && process.versions && process.versions.node) {
  require = (await import('node:module')).createRequire(import.meta.url);
  __filename = require('node:url').fileURLToPath(import.meta.url);
  __dirname = require('node:path').dirname(__filename);
  beside = {
    path: require('node:path').join.bind(null, __dirname),
    wasm: function () {
      return require('node:fs').readFileSync(__filename.replace(/\.js$/, '.wasm'));
    },
  };
}
