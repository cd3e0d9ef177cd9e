/* safetensors_corpus_test.c: what safetensors_fuzz.c promises, on its seeds and their beginnings. */
#include "corpus.h"

#include "../fuzz/safetensors_fuzz.c"

int main(int count, char **words) {
  check_start(count, words);
  corpus_replay("safetensors", LLVMFuzzerTestOneInput);
  return check_finish();
}
