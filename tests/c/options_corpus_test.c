/* options_corpus_test.c: what options_fuzz.c promises, on its seeds and their beginnings. */
#include "corpus.h"

#include "../fuzz/options_fuzz.c"

int main(int count, char **words) {
  check_start(count, words);
  corpus_replay("options", LLVMFuzzerTestOneInput);
  return check_finish();
}
