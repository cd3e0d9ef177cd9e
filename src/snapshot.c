/* snapshot.c: see snapshot.h. */
#include "snapshot.h"

#include <string.h>

enum { CHECKSUM_BYTES = 8 };
static const char magic[8] = "FILIGRS1";

void snapshot_carry(Snapshot *snapshot, void *field, size_t size) {
  if (snapshot->way == SNAPSHOT_WRITE)
    memcpy(snapshot->bytes + snapshot->at, field, size);
  if (snapshot->way == SNAPSHOT_READ)
    memcpy(field, snapshot->bytes + snapshot->at, size);
  snapshot->at += size;
}

SnapshotHeader snapshot_header(const Config *config, uint64_t data, uint64_t fields) {
  SnapshotHeader header;
  memset(&header, 0, sizeof header); /* padding too: equal runs have equal bytes */
  memcpy(header.magic, magic, sizeof magic);
  strncpy(header.engine, ENGINE_VERSION, sizeof header.engine - 1);
  header.fields = fields;
  header.data = data;
  header.config = *config;
  return header;
}

uint64_t snapshot_checksum(const uint8_t *bytes, size_t length) {
  uint64_t hash = 0xcbf29ce484222325;
  for (size_t at = 0; at < length; at += 8) {
    uint64_t word = 0;
    memcpy(&word, bytes + at, length - at < 8 ? length - at : 8);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  return hash;
}

void snapshot_seal(Snapshot *snapshot) {
  uint64_t checksum =
      snapshot->way == SNAPSHOT_WRITE ? snapshot_checksum(snapshot->bytes, snapshot->at) : 0;
  snapshot_carry(snapshot, &checksum, CHECKSUM_BYTES);
}

/* The first option that is fixed during a run and differs. */
static Status same_run(const Config *config, const Config *other, Error *error) {
  Text ours = {0}, theirs = {0};
  Status status = STATUS_OK;
  for (int k = 0; !status && k < option_count; k++) {
    if (option_table[k].flags & (OPTION_LIVE | OPTION_LOCAL))
      continue;
    text_clear(&ours);
    text_clear(&theirs);
    config_print_value(config, k, &ours);
    config_print_value(other, k, &theirs);
    if (ours.failed || theirs.failed)
      status = error_set(error, STATUS_MEMORY, "out of memory for comparing two runs");
    else if (strcmp(text_string(&ours), text_string(&theirs)) != 0)
      status = error_set(error, STATUS_STATE,
                         "the snapshot is of a run with %s=%s, this run has %s=%s; start the run "
                         "that it belongs to",
                         option_table[k].key, text_string(&theirs), option_table[k].key,
                         text_string(&ours));
  }
  text_free(&ours);
  text_free(&theirs);
  return status;
}

Status snapshot_check(const uint8_t *bytes, size_t length, const SnapshotHeader *expected,
                      SnapshotHeader *header, Error *error) {
  uint64_t checksum;
  if (length < sizeof *header + CHECKSUM_BYTES)
    return error_set(error, STATUS_FORMAT, "a snapshot is longer than these %zu bytes", length);
  memcpy(header, bytes, sizeof *header);
  if (memcmp(header->magic, magic, sizeof magic) != 0)
    return error_set(error, STATUS_FORMAT, "these bytes are no snapshot of a run");
  if (header->length != length)
    return error_set(error, STATUS_FORMAT,
                     "the snapshot should have %.0f bytes, but %zu are there; it was cut short or "
                     "added to",
                     (double)header->length, length);
  memcpy(&checksum, bytes + length - CHECKSUM_BYTES, sizeof checksum);
  if (checksum != snapshot_checksum(bytes, length - CHECKSUM_BYTES))
    return error_set(error, STATUS_FORMAT, "the snapshot is damaged: its checksum differs");
  if (memcmp(header->engine, expected->engine, sizeof header->engine) != 0 ||
      header->fields != expected->fields)
    return error_set(error, STATUS_STATE,
                     "the snapshot is of another engine (%.8s); this is engine %s", header->engine,
                     ENGINE_VERSION);
  if (header->data != expected->data)
    return error_set(error, STATUS_STATE, "the snapshot is of a run on other data");
  return same_run(&expected->config, &header->config, error);
}
