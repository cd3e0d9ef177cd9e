/* csv_corpus_test.c: what csv_fuzz.c promises, on its seeds and their beginnings. */
#include "corpus.h"

#include "../fuzz/csv_fuzz.c"

int main(int count, char **words) {
  check_start(count, words);
  corpus_replay("csv", LLVMFuzzerTestOneInput);
  return check_finish();
}
