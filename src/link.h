/* link.h: the whole link: what stands in the hash of the page's address and in a result's "link".
 * Reads and prints it; every setting comes from the option table (config.h). It trains nothing and
 * compares nothing. Depends on config, status, text. Threads: any, own Link.
 *
 * "v=1&KEY=VALUE&..." in any order, percent-encoded; a whole URL is read from its first '#'.
 *   v=1               version of this form; 1 where it is left out
 *   KEY               an option of both contenders, or a contender's option for both
 *   a.KEY, b.KEY      a contender's option; wins over one without letter
 *   a.fp, b.fp        the fingerprint that is expected at the link's step, 16 hex digits
 *   a.changes, ...    STEP:KEY:VALUE,...: live options changed after that many steps, in order
 *   at                the step to stop at; left out: the end of the run
 *   only=a            one contender is meant (a result of the command line); the page shows the
 *                     pair's own as the other
 *   engine            version of the engine that made the fingerprints
 *   data-hash         of the data that they were made with (files only), 16 hex digits
 *   own=1             the data are files of the sender's own: data-hash names them
 *   view, sort, lesson, projector=1, embed=1      how the page shows it: words and flags
 * What is left out is as follows. No setting at all: the first preset on generated data. Else
 * shared options have their defaults; a contender that is not mentioned is that of the data's
 * preset (of the first preset, where it has none); one that is mentioned has the preset's regularizer
 * where it names none, and else the defaults. */
#ifndef FILIGREE_LINK_H
#define FILIGREE_LINK_H

#include "config.h"

enum {
  LINK_VERSION = 1,
  LINK_LONGEST = 1 << 16,      /* characters; a longer link is not read */
  LINK_CHANGES_MAXIMUM = 1000, /* a contender */
  LINK_PROBLEMS_MAXIMUM = 20,  /* kept; the rest are counted */
  LINK_WORD_MAXIMUM = 40,      /* of view, sort, lesson, engine; [A-Za-z0-9._:-] */
};

/* An option changed in mid-run: holds from the batch after `step` on. */
typedef struct LinkChange {
  uint64_t step;
  int option;     /* row of the table */
  char value[28]; /* as config_set reads it */
} LinkChange;

typedef struct LinkContender {
  Config config; /* resolved */
  int has_fingerprint;
  uint64_t fingerprint;
  LinkChange *changes; /* [change_count], by ascending step */
  uint32_t change_count;
} LinkContender;

/* Something that could not be used, and what stands in its place; `used` "": nothing, it is left out. */
typedef struct LinkProblem {
  char what[320], used[160];
  int option, contender; /* internal: whose value in force becomes `used`; -1: none */
} LinkProblem;

typedef struct Link {
  LinkContender contender[2]; /* a, b */
  int empty;                  /* 1: no setting was named: the opening preset */
  int only;                   /* 0: both, 1: a, 2: b */
  int has_at, has_data_hash;
  uint64_t at, data_hash;
  int own, projector, embed;
  char view[LINK_WORD_MAXIMUM + 1], sort[LINK_WORD_MAXIMUM + 1], lesson[LINK_WORD_MAXIMUM + 1];
  char engine[LINK_WORD_MAXIMUM + 1];              /* "": not said */
  LinkProblem problems[LINK_PROBLEMS_MAXIMUM + 1]; /* the last one is overwritten */
  uint32_t problem_count;                          /* may be more than are kept */
} Link;

/* Reads text[0 .. length - 1], whatever it holds, in time and memory in proportion to its length.
 * What cannot be used is replaced and listed in link->problems; all settings are resolved. Only
 * error: STATUS_MEMORY (*link is then zeroed). Free with link_free. */
Status link_parse(const char *text, size_t length, Link *link, Error *error);

/* The same, but any problem is an error: STATUS_USAGE with the first. *link is then zeroed. */
Status link_parse_strict(const char *text, size_t length, Link *link, Error *error);

/* Frees and zeroes; a zeroed link is fine. */
void link_free(Link *link);

/* Adds the link, "#v=1&...", without what has its default. Reads back as the same link. */
void link_print(const Link *link, Text *text);

/* Adds everything as a JSON object for the page: {empty, only, own, shared, a, b (option -> text),
 * at, fingerprints, changes, engine, data_hash, view, sort, lesson, projector, embed, problems
 * [{what, used: text, or null where it is left out}]}. */
void link_json(const Link *link, Text *text);

#endif
