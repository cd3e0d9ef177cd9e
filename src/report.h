/* report.h: what a run has to say, as JSON (COMMANDS.md's keys) for the command line and the page.
 * Depends on trainer, text. */
#ifndef FILIGREE_REPORT_H
#define FILIGREE_REPORT_H

#include "text.h"
#include "trainer.h"

/* Adds one epoch's record as a JSON object; `contender` as below. */
void report_epoch(const EpochRecord *record, uint32_t layers, const char *contender, Text *text);

/* Adds {"result":{...}} for a run that ends here: the record of its last epoch, or of the present
 * moment where it stops within one; `link` is the hash that replays it (not NULL). `contender`, a
 * letter, becomes the first key of the line; NULL: there is only one. */
void report_result(Trainer *trainer, const EpochRecord *record, const char *link,
                   const char *contender, Text *text);

/* Adds where the run stands now, for a frame of the page: nonzeros are counted afresh. */
void report_metrics(Trainer *trainer, Text *text);

/* Adds a table of the seconds per stage and their shares, for --profile. */
void report_profile(const Trainer *trainer, Text *text);

#endif
