/* main.c: the native program. */
#include "cli.h"

int main(int count, char **words) { return cli_run(count, words); }
