/* idx_corpus_test.c: what idx_fuzz.c promises, on its seeds and their beginnings. */
#include "corpus.h"

#include "../fuzz/idx_fuzz.c"

int main(int count, char **words) {
  check_start(count, words);
  corpus_replay("idx", LLVMFuzzerTestOneInput);
  return check_finish();
}
