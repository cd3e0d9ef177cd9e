/* cli.h: the command line `filigree` (COMMANDS.md), natively and over WebAssembly. */
#ifndef FILIGREE_CLI_H
#define FILIGREE_CLI_H

/* Runs the command in words[1 .. count-1] (words[0] is the program) through host.h; returns the
 * exit code: 0 success, 1 failure, 2 bad usage, 3 fingerprint differs. */
int cli_run(int count, char **words);

#endif
