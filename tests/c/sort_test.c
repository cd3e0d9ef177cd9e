/* sort_test.c: sort.h beside the C library's qsort, on every small number of items and on many. Depends on check.h,
 * sort.h, random.h. */
#include "sort.h"

#include "check.h"
#include "random.h"

enum { MANY = 5000 };

typedef struct Item {
  double value;
  uint32_t index;
} Item;

static int compare(const void *left, const void *right) {
  const Item *a = left, *b = right;
  if (a->value != b->value)
    return a->value < b->value ? -1 : 1;
  return a->index < b->index ? -1 : a->index > b->index;
}

/* `values`: how many different ones there are. */
static void test_items(uint32_t count, uint32_t values) {
  static Item ours[MANY], theirs[MANY];
  Random random = random_stream(check_seed, RANDOM_SHUFFLE, count, values);
  for (uint32_t k = 0; k < count; k++)
    ours[k] = theirs[k] = (Item){random_below(&random, values), k};
  sort(ours, count, sizeof *ours, compare);
  qsort(theirs, count, sizeof *theirs, compare);
  uint32_t wrong = 0;
  for (uint32_t k = 0; k < count; k++)
    wrong += ours[k].index != theirs[k].index || ours[k].value != theirs[k].value;
  CHECK(wrong == 0, "%u of %u items with %u values", wrong, count, values);
}

int main(int count, char **words) {
  check_start(count, words);
  for (uint32_t items = 0; items < 70; items++)
    for (uint32_t values = 1; values < 100; values += 7)
      test_items(items, values);
  test_items(MANY, 3);
  test_items(MANY, 1000);
  test_items(MANY, UINT32_MAX);
  return check_finish();
}
