/* snapshot.h: the bytes that hold a run between two steps (trainer_save, trainer_restore): a header
 * with what the run is and how long it is, then what the trainer carries, then a checksum. For one
 * engine version, to be kept in memory: not a file format for weights (checkpoint.h). Depends on
 * config, memory, status.
 *
 *   bytes         what
 *   header        SnapshotHeader, as it lies in memory
 *   payload       fields in the order in which trainer.c carries them, as they lie in memory
 *   8             checksum of everything before it (snapshot_checksum)
 *
 * The layout is the same in both WebAssembly builds and natively on little-endian machines; a
 * snapshot from elsewhere is refused by the header. The checksum finds accidents, not forgery. */
#ifndef FILIGREE_SNAPSHOT_H
#define FILIGREE_SNAPSHOT_H

#include "config.h"

typedef enum SnapshotWay { SNAPSHOT_MEASURE, SNAPSHOT_WRITE, SNAPSHOT_READ } SnapshotWay;

/* A pass over the bytes. */
typedef struct Snapshot {
  SnapshotWay way;
  uint8_t *bytes; /* NULL when measuring */
  size_t at;      /* bytes passed */
} Snapshot;

/* What must be known before a single field can be read. */
typedef struct SnapshotHeader {
  char magic[8];
  char engine[8];  /* ENGINE_VERSION, filled up with zeros */
  uint64_t length; /* of the whole snapshot */
  uint64_t fields; /* a hash of the sizes of the structures within */
  uint64_t data;   /* Dataset.hash */
  uint32_t records, averaged;
  uint32_t mode[LAYERS_MAXIMUM],
      nonzeros[LAYERS_MAXIMUM]; /* of each layer; nonzeros where packed */
  Config config;
} SnapshotHeader;

/* Takes `size` bytes of `field` to or from the snapshot (or only passes them), and moves on. */
void snapshot_carry(Snapshot *snapshot, void *field, size_t size);

/* A header for a run of `config`; length, records, averaged, mode and nonzeros stay 0. `fields`:
 * see above. */
SnapshotHeader snapshot_header(const Config *config, uint64_t data, uint64_t fields);

/* Writes the checksum at the end of the pass. */
void snapshot_seal(Snapshot *snapshot);

/* Checks bytes that are to be read into a run whose own header is `expected` (of which magic, engine,
 * fields, data and config count): STATUS_FORMAT for what is no snapshot, cut short or damaged;
 * STATUS_STATE for one of another engine, of other data, or of another run (an option differs that
 * cannot change in mid-run). */
Status snapshot_check(const uint8_t *bytes, size_t length, const SnapshotHeader *expected,
                      SnapshotHeader *header, Error *error);

/* h = (h ^ word) * K; h ^= h >> 29 over words of 64 bits, the last filled up with zeros. */
uint64_t snapshot_checksum(const uint8_t *bytes, size_t length);

#endif
