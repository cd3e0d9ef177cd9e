/* link_corpus_test.c: what link_fuzz.c promises, on its seeds and their beginnings. */
#include "corpus.h"

#include "../fuzz/link_fuzz.c"

int main(int count, char **words) {
  check_start(count, words);
  corpus_replay("link", LLVMFuzzerTestOneInput);
  return check_finish();
}
