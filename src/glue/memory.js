/* memory.js: stands at the end of the Emscripten module (--post-js). The memory itself: its buffer
 * is always the present one, also after another thread made it grow. */
Module['wasmMemory'] = wasmMemory;
