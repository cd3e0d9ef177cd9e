/* wasm_command.c: the only export of the command line's WebAssembly builds, which web/cli.js runs: pages load no command
 * line. Not thread-safe: one JavaScript thread calls. */
#include <emscripten.h>

#include "cli.h"

/* The command line (cli.h): `count` words, the first of which is the program's name. Returns the exit code. */
EMSCRIPTEN_KEEPALIVE int fg_cli(int count, char **words) { return cli_run(count, words); }
