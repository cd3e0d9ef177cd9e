/* node-files.js: stands at the start of the Emscripten module (--pre-js). Under Node the wasm file
 * is read from beside the glue (fetch refuses a path), and an older Emscripten's worker, which is
 * CommonJS, is taken from its copy named so (.cjs). Whatever the caller set stays. */
if (beside) {
  if (!Module['locateFile']) {
    Module['locateFile'] = function (path) {
      return beside.path(path.replace(/\.worker\.js$/, '.worker.cjs'));
    };
  }
  if (!Module['wasmBinary'] && !Module['ENVIRONMENT_IS_PTHREAD']) {
    Module['wasmBinary'] = beside.wasm();
  }
}
