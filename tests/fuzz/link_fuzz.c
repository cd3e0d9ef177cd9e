/* link_fuzz.c: libFuzzer's entry for links: whatever stands in one, link_parse gives settings that
 * resolve, complains in plain text, and prints a link that reads back as the same. Depends on link. */
#include "link.h"

#include <stdlib.h>
#include <string.h>

static void require(int condition) {
  if (!condition)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Link link, again, strict;
  Text printed = {0}, reprinted = {0}, json = {0};
  Error error = {0};
  char *text = malloc(size ? size : 1); /* without a zero behind: reading beyond is seen */
  require(text != NULL);
  memcpy(text, data, size);
  require(link_parse(text, size, &link, &error) == STATUS_OK);
  for (int c = 0; c < 2; c++) {
    Config config = link.contender[c].config;
    require(config_resolve(&config, &error) == STATUS_OK);
    require(link.contender[c].change_count <= LINK_CHANGES_MAXIMUM);
  }
  for (uint32_t k = 0; k < link.problem_count && k < LINK_PROBLEMS_MAXIMUM; k++)
    for (const char *at = link.problems[k].what; *at; at++)
      require(*at >= ' ' && *at < 127);
  link_json(&link, &json);
  link_print(&link, &printed);
  require(!json.failed && !printed.failed);
  if (printed.length <= LINK_LONGEST) {
    require(link_parse(text_string(&printed), printed.length, &again, &error) == STATUS_OK);
    link_print(&again, &reprinted);
    require(again.problem_count == 0);
    require(!strcmp(text_string(&printed), text_string(&reprinted)));
    link_free(&again);
  }
  if (link_parse_strict(text, size, &strict, &error) == STATUS_OK) {
    require(link.problem_count == 0);
    link_free(&strict);
  } else
    require(link.problem_count > 0 && error.status == STATUS_USAGE && error.text[0]);
  link_free(&link);
  text_free(&printed);
  text_free(&reprinted);
  text_free(&json);
  free(text);
  return 0;
}
