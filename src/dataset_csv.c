/* dataset_csv.c: a data set from a CSV file: see dataset.h, which has the rules. Files are taken as
 * hostile. The file is read in passes, so that no copy of it is needed: the first line, a survey that
 * finds every fault and the classes, the range of each column, the numbers. Numbers are read with
 * correct rounding: by one exact division or multiplication where that suffices (Clinger, "How to read
 * floating point numbers accurately", 1990), else by the C library, whose locale nobody changes. */
#include <stdlib.h>
#include <string.h>

#include "dataset.h"
#include "host.h"
#include "memory.h"

enum { NUMBER_LENGTH = 100, COLUMNS_MAXIMUM = DATASET_INPUTS_MAXIMUM + 2 };
static const double NUMBER_MAXIMUM = 1e30; /* differences stay finite */

/* ---- Cells ----------------------------------------------------------------------------------- */

typedef struct Reader {
  const uint8_t *data;
  size_t size, at;
  const char *name; /* what errors call the file */
  uint8_t delimiter;
  uint32_t line, column; /* of the cell last read, from 1 */
} Reader;

typedef struct Cell {
  const uint8_t *text; /* without blanks around it and without its quotes; "" in it stays doubled */
  size_t length;
} Cell;

/* A cell for an error's eyes: short, on one line, with quotes as they were meant. */
static const char *shown(const Cell *cell, char *text, size_t size) {
  size_t used = 0;
  for (size_t k = 0; k < cell->length && used + 1 < size; k++) {
    uint8_t c = cell->text[k];
    k += c == '"' && k + 1 < cell->length && cell->text[k + 1] == '"';
    text[used++] = c < ' ' || c == 127 ? '?' : (char)c;
  }
  text[used] = 0;
  return text;
}

static int is_blank(const Reader *reader, uint8_t c) {
  return c == ' ' || (c == '\t' && reader->delimiter != '\t');
}

static int is_end(uint8_t c) { return c == '\n' || c == '\r'; }

static void skip_blanks(Reader *reader) {
  while (reader->at < reader->size && is_blank(reader, reader->data[reader->at]))
    reader->at++;
}

/* Steps over one line end if there is one: LF, CR LF or CR. */
static int skip_end(Reader *reader) {
  if (reader->at >= reader->size || !is_end(reader->data[reader->at]))
    return 0;
  int pair = reader->data[reader->at] == '\r' && reader->at + 1 < reader->size &&
             reader->data[reader->at + 1] == '\n';
  reader->at += 1 + (size_t)pair;
  return 1;
}

static void rewind_to(Reader *reader, size_t at, uint32_t line) {
  reader->at = at;
  reader->line = line;
  reader->column = 0;
}

/* Goes to the start of the next line that is not blank; 0 at the end of the file. */
static int next_line(Reader *reader) {
  while (reader->at < reader->size) {
    size_t start = reader->at;
    reader->line++;
    reader->column = 0;
    skip_blanks(reader);
    if (reader->at < reader->size && !is_end(reader->data[reader->at])) {
      reader->at = start;
      return 1;
    }
    skip_end(reader);
  }
  return 0;
}

static Status cell_error(const Reader *reader, Error *error, const char *reason) {
  return error_set(error, STATUS_FORMAT, "%s, line %u, column %u: %s", reader->name, reader->line,
                   reader->column, reason);
}

/* Reads the line's next cell; *last: nothing follows on the line, and its end was stepped over. */
static Status next_cell(Reader *reader, Cell *cell, int *last, Error *error) {
  reader->column++;
  skip_blanks(reader);
  if (reader->at < reader->size && reader->data[reader->at] == '"') {
    size_t start = ++reader->at;
    for (;; reader->at++) {
      if (reader->at >= reader->size || is_end(reader->data[reader->at]))
        return cell_error(reader, error, "a quote is not closed on its line");
      if (reader->data[reader->at] != '"')
        continue;
      if (reader->at + 1 >= reader->size || reader->data[reader->at + 1] != '"')
        break;
      reader->at++;
    }
    *cell = (Cell){reader->data + start, reader->at++ - start};
    skip_blanks(reader);
    if (reader->at < reader->size && !is_end(reader->data[reader->at]) &&
        reader->data[reader->at] != reader->delimiter)
      return cell_error(reader, error,
                        "text follows a closing quote; within quotes, a quote is written twice");
  } else {
    size_t start = reader->at, end;
    while (reader->at < reader->size && !is_end(reader->data[reader->at]) &&
           reader->data[reader->at] != reader->delimiter)
      reader->at++;
    for (end = reader->at; end > start && is_blank(reader, reader->data[end - 1]); end--)
      ;
    *cell = (Cell){reader->data + start, end - start};
  }
  *last = reader->at >= reader->size || is_end(reader->data[reader->at]);
  if (*last)
    skip_end(reader);
  else
    reader->at++;
  return STATUS_OK;
}

/* ---- Numbers and names ----------------------------------------------------------------------- */

static int is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

/* 1: the cell is a decimal number, in *number correctly rounded; it may be beyond NUMBER_MAXIMUM. */
static int read_number(const Cell *cell, double *number) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  const uint8_t *c = cell->text, *end = c + cell->length;
  uint64_t mantissa = 0;
  int digits = 0, significant = 0, exponent = 0, negative = 0;
  if (cell->length > NUMBER_LENGTH)
    return 0;
  if (c < end && (*c == '+' || *c == '-'))
    negative = *c++ == '-';
  for (int point = 0; c < end && (is_digit(*c) || (*c == '.' && !point)); c++) {
    if (*c == '.') {
      point = 1;
      continue;
    }
    digits++;
    exponent -= point;
    significant += significant || *c != '0';
    if (significant <= 15)
      mantissa = mantissa * 10 + (uint64_t)(*c - '0');
  }
  if (!digits)
    return 0;
  if (c < end && (*c == 'e' || *c == 'E')) {
    int sign = 1, written = 0;
    c++;
    if (c < end && (*c == '+' || *c == '-'))
      sign = *c++ == '-' ? -1 : 1;
    if (c == end)
      return 0;
    for (; c < end && is_digit(*c); c++)
      written = written < 100000 ? written * 10 + (*c - '0') : written;
    exponent += sign * written;
  }
  if (c != end)
    return 0;
  if (significant <= 15 && exponent >= -22 && exponent <= 22) {
    double whole = (double)mantissa; /* below 10^15, as the powers are exact */
    *number = exponent < 0 ? whole / powers[-exponent] : whole * powers[exponent];
    if (negative)
      *number = -*number;
  } else {
    char text[NUMBER_LENGTH + 1];
    memcpy(text, cell->text, cell->length);
    text[cell->length] = 0;
    *number = host_number(text);
  }
  return 1;
}

static int equals_word(const Cell *cell, const char *word) {
  size_t length = strlen(word);
  if (cell->length != length)
    return 0;
  for (size_t k = 0; k < length; k++) {
    uint8_t c = cell->text[k];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != (uint8_t)word[k])
      return 0;
  }
  return 1;
}

/* ---- The first line -------------------------------------------------------------------------- */

/* A column that may hold the labels. */
typedef struct Column {
  uint32_t index; /* from 1 */
  uint8_t *rows;  /* by sample the number of its label in `distinct`; malloc'd */
  uint32_t room;
  uint32_t count; /* of distinct */
  Cell distinct[DATASET_CLASSES_MAXIMUM];
  double number[DATASET_CLASSES_MAXIMUM];
  uint32_t classes; /* what find_classes made of them */
  uint8_t order[DATASET_CLASSES_MAXIMUM], class_of[DATASET_CLASSES_MAXIMUM];
  int overflow;  /* there are more */
  int words;     /* some are not numbers */
  uint32_t word; /* the first line with one */
  Cell word_cell;
  int whole; /* all are whole numbers */
  int bytes; /* all are whole numbers from 0 to 255 */
  double largest;
} Column;

typedef struct Table {
  Reader reader;
  CsvReport report;
  size_t start; /* of the first line of samples */
  uint32_t start_line;
  uint32_t count; /* samples */
  int candidates; /* 1: named, or only one; 2: the last column and the first */
  Column candidate[2];
  Column *label;
  uint32_t inputs;
  int bytes; /* all other columns hold whole numbers from 0 to 255 */
  double largest;
} Table;

static Status check_bytes(const Reader *reader, Error *error) {
  const uint8_t *d = reader->data;
  const char *what = NULL;
  if (reader->size >= 2 && d[0] == 0x1F && d[1] == 0x8B)
    what = "a gzip file; unpack it with gunzip";
  else if (reader->size >= 2 && d[0] == 'P' && d[1] == 'K')
    what = "a ZIP or Excel file; save the table as CSV";
  else if (reader->size >= 2 && ((d[0] == 0xFF && d[1] == 0xFE) || (d[0] == 0xFE && d[1] == 0xFF)))
    what = "text in UTF-16; save it as UTF-8";
  else if (reader->size && memchr(d, 0, reader->size))
    what = "bytes that are no text";
  if (what)
    return error_set(error, STATUS_FORMAT, "%s: expected a CSV file, found %s", reader->name, what);
  return STATUS_OK;
}

/* The delimiter that the first line has most of, outside of quotes. */
static uint8_t find_delimiter(Reader reader) {
  static const uint8_t kinds[] = {'\t', ';', ','};
  size_t counts[3] = {0};
  int quoted = 0, best = 2;
  for (; reader.at < reader.size && !is_end(reader.data[reader.at]); reader.at++) {
    uint8_t c = reader.data[reader.at];
    quoted ^= c == '"';
    for (int k = 0; k < 3 && !quoted; k++)
      counts[k] += c == kinds[k];
  }
  for (int k = 1; k >= 0; k--)
    if (counts[k] && counts[k] >= counts[best])
      best = k;
  return kinds[best];
}

/* Reads the first line: the delimiter, the number of columns, whether it holds names, which of them
 * name the label or a column to leave out. */
static Status read_first_line(Table *table, Error *error) {
  static const char *const label_names[] = {"label", "class", "target", "y"};
  enum { NAMES = sizeof label_names / sizeof *label_names };
  Reader *reader = &table->reader;
  CsvReport *report = &table->report;
  uint32_t named[NAMES] = {0};
  Status status = check_bytes(reader, error);
  if (status)
    return status;
  if (reader->size >= 3 && !memcmp(reader->data, "\xEF\xBB\xBF", 3))
    reader->at = 3;
  if (!next_line(reader))
    return error_set(error, STATUS_FORMAT, "%s is empty: expected a line for each sample",
                     reader->name);
  size_t start = reader->at;
  uint32_t line = reader->line;
  reader->delimiter = find_delimiter(*reader);
  report->delimiter = (char)reader->delimiter;
  int numbers = 0, last = 0, without_name = 0;
  while (!last) {
    Cell cell;
    double number;
    status = next_cell(reader, &cell, &last, error);
    if (status)
      return status;
    if (reader->column > COLUMNS_MAXIMUM)
      return error_set(error, STATUS_FORMAT, "%s: expected at most %d columns, found more",
                       reader->name, COLUMNS_MAXIMUM);
    numbers |= read_number(&cell, &number);
    if (reader->column == 1)
      without_name = !cell.length || equals_word(&cell, "id");
    for (int k = 0; k < NAMES; k++)
      if (!named[k] && equals_word(&cell, label_names[k]))
        named[k] = reader->column;
  }
  uint32_t columns = report->columns = reader->column;
  if (columns < 2)
    return error_set(error, STATUS_FORMAT,
                     "%s: expected at least two columns with commas, semicolons or tabs between "
                     "them, found one",
                     reader->name);
  if (named[3] > 1 && named[3] < columns)
    named[3] = 0; /* x,y,.. are coordinates */
  uint32_t label = 0;
  for (int k = NAMES - 1; k >= 0; k--)
    label = named[k] ? named[k] : label;
  report->header = label || !numbers;
  if (report->header) {
    table->start = reader->at;
    table->start_line = reader->line;
    report->ignored_column = without_name && label != 1;
  } else {
    table->start = start;
    table->start_line = line - 1;
  }
  uint32_t first = report->ignored_column + 1;
  if (columns - report->ignored_column < 2)
    return error_set(error, STATUS_FORMAT,
                     "%s: expected a column of numbers beside the label's, found none",
                     reader->name);
  table->candidates = label || first == columns ? 1 : 2;
  table->candidate[0].index = label ? label : columns;
  table->candidate[1].index = first;
  return STATUS_OK;
}

/* The name that the header gives a column, or "". */
static void find_name(const Table *table, uint32_t column, char *name, size_t size) {
  Reader reader = table->reader;
  Cell cell = {0};
  int last = 0;
  *name = 0;
  if (!table->report.header)
    return;
  rewind_to(&reader, reader.size >= 3 && !memcmp(reader.data, "\xEF\xBB\xBF", 3) ? 3 : 0, 0);
  next_line(&reader);
  while (!last && reader.column < column)
    if (next_cell(&reader, &cell, &last, NULL))
      return;
  shown(&cell, name, size);
}

/* ---- The survey ------------------------------------------------------------------------------ */

static Status number_error(const Table *table, uint32_t line, uint32_t column, const Cell *cell,
                           Error *error) {
  char text[44], name[44];
  const char *reason = "is not a number";
  find_name(table, column, name, sizeof name);
  const char *open = *name ? " (" : "", *close = *name ? ")" : "";
  if (!cell->length)
    return error_set(error, STATUS_FORMAT,
                     "%s, line %u, column %u%s%s%s: the cell is empty; fill it in or leave the "
                     "sample out",
                     table->reader.name, line, column, open, name, close);
  if (cell->length > NUMBER_LENGTH)
    reason = "is too long for a number";
  else if (equals_word(cell, "nan") || equals_word(cell, "inf") || equals_word(cell, "-inf"))
    reason = "is not a finite number";
  else if (memchr(cell->text, ',', cell->length))
    reason = "is not a number; decimals take a point";
  return error_set(error, STATUS_FORMAT, "%s, line %u, column %u%s%s%s: '%s' %s",
                   table->reader.name, line, column, open, name, close,
                   shown(cell, text, sizeof text), reason);
}

static Status range_error(const Table *table, const Cell *cell, Error *error) {
  char text[44];
  return error_set(error, STATUS_FORMAT,
                   "%s, line %u, column %u: %s is too large; numbers go from -1e30 to 1e30",
                   table->reader.name, table->reader.line, table->reader.column,
                   shown(cell, text, sizeof text));
}

static int same_text(const Cell *a, const Cell *b) {
  return a->length == b->length && !memcmp(a->text, b->text, a->length);
}

/* Books sample `row`'s cell of a column that may be the label. */
static Status book(Table *table, Column *column, uint32_t row, const Cell *cell, Error *error) {
  double number = 0;
  int is_number = read_number(cell, &number);
  if (!is_number && !column->words) {
    column->words = 1;
    column->word = table->reader.line;
    column->word_cell = *cell;
  }
  if (is_number && !(number >= -NUMBER_MAXIMUM && number <= NUMBER_MAXIMUM))
    return range_error(table, cell, error);
  int whole = is_number && number >= -1e15 && number <= 1e15 && number == (double)(int64_t)number;
  column->whole &= whole;
  column->bytes &= whole && number >= 0 && number <= 255;
  column->largest = number > column->largest ? number : column->largest;
  if (column->overflow)
    return STATUS_OK;
  uint32_t k = row ? column->rows[row - 1] : 0; /* files are often sorted */
  if (!(k < column->count && same_text(&column->distinct[k], cell)))
    for (k = 0; k < column->count && !same_text(&column->distinct[k], cell); k++)
      ;
  if (k == DATASET_CLASSES_MAXIMUM) {
    column->overflow = 1;
    return STATUS_OK;
  }
  if (row >= column->room) {
    uint32_t room = column->room ? column->room * 2 : 1024;
    uint8_t *rows = realloc(column->rows, room);
    if (!rows)
      return error_set(error, STATUS_MEMORY, "no memory for the labels of %s", table->reader.name);
    column->rows = rows;
    column->room = room;
  }
  if (k == column->count) {
    column->distinct[column->count] = *cell;
    column->number[column->count++] = number;
  }
  column->rows[row] = (uint8_t)k;
  return STATUS_OK;
}

/* Checks every line and counts; fills the candidates. */
static Status survey(Table *table, Error *error) {
  Reader *reader = &table->reader;
  uint32_t columns = table->report.columns;
  rewind_to(reader, table->start, table->start_line);
  table->bytes = 1;
  for (int k = 0; k < 2; k++)
    table->candidate[k].whole = table->candidate[k].bytes = 1;
  while (next_line(reader)) {
    if (table->count == DATASET_SAMPLES_MAXIMUM)
      return error_set(error, STATUS_FORMAT, "%s: more than %d samples", reader->name,
                       DATASET_SAMPLES_MAXIMUM);
    for (int last = 0; !last;) {
      Cell cell;
      double number;
      Status status = next_cell(reader, &cell, &last, error);
      if (status)
        return status;
      uint32_t c = reader->column;
      if (c > columns || (last && c < columns))
        return error_set(error, STATUS_FORMAT,
                         "%s, line %u: expected %u cells as in the first line, found %s%u",
                         reader->name, reader->line, columns, c > columns ? "at least " : "", c);
      Column *column = NULL;
      for (int k = 0; k < table->candidates; k++)
        if (table->candidate[k].index == c)
          column = &table->candidate[k];
      if (column)
        status = cell.length && !equals_word(&cell, "nan")
                     ? book(table, column, table->count, &cell, error)
                     : number_error(table, reader->line, c, &cell, error);
      else if (c == table->report.ignored_column)
        continue;
      else if (!read_number(&cell, &number))
        status = number_error(table, reader->line, c, &cell, error);
      else if (!(number >= -NUMBER_MAXIMUM && number <= NUMBER_MAXIMUM))
        status = range_error(table, &cell, error);
      else {
        table->bytes = table->bytes && number >= 0 && number <= 255 && number == (int)number;
        table->largest = number > table->largest ? number : table->largest;
      }
      if (status)
        return status;
    }
    table->count++;
  }
  if (!table->count)
    return error_set(error, STATUS_FORMAT, "%s: expected samples below the names, found none",
                     reader->name);
  return STATUS_OK;
}

/* -1, 0, 1: by number when all labels are, else by bytes. */
static int compare_labels(const Column *column, uint32_t a, uint32_t b) {
  if (!column->words)
    return (column->number[a] > column->number[b]) - (column->number[a] < column->number[b]);
  const Cell *x = &column->distinct[a], *y = &column->distinct[b];
  int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
  return order ? order : (x->length > y->length) - (x->length < y->length);
}

/* Sorts a column's distinct labels into classes. */
static void find_classes(Column *column) {
  for (uint32_t k = 0; k < column->count; k++) {
    uint32_t at = k;
    for (; at > 0 && compare_labels(column, column->order[at - 1], k) > 0; at--)
      column->order[at] = column->order[at - 1];
    column->order[at] = (uint8_t)k;
  }
  for (uint32_t k = 0; k < column->count; k++) {
    const uint8_t *order = column->order + k;
    column->classes += !k || compare_labels(column, order[-1], *order); /* 1 and 1.0 are one */
    column->class_of[*order] = (uint8_t)(column->classes - 1);
  }
}

static int is_label(const Column *column) {
  return !column->overflow && column->classes >= 2 && (column->words || column->whole);
}

/* Says which column is the label; the other candidate must be numbers then. */
static Status choose_label(Table *table, Error *error) {
  Column *last = &table->candidate[0], *first = &table->candidate[1];
  char name[44];
  Column *label = last;
  for (int k = 0; k < table->candidates; k++)
    find_classes(&table->candidate[k]);
  if (table->candidates == 2) {
    if (first->words != last->words)
      label = first->words ? first : last;
    else if (!is_label(last) && is_label(first))
      label = first;
    else if (!is_label(last))
      return error_set(error, STATUS_FORMAT,
                       "%s: which column is the label? Neither the last nor the first has 2 to %d "
                       "different words or whole numbers; name it label in a first line of names",
                       table->reader.name, DATASET_CLASSES_MAXIMUM);
    Column *other = label == last ? first : last;
    if (other->words)
      return number_error(table, other->word, other->index, &other->word_cell, error);
    table->bytes &= other->bytes;
    table->largest = other->largest > table->largest ? other->largest : table->largest;
  }
  find_name(table, label->index, name, sizeof name);
  if (label->overflow || label->classes < 2)
    return error_set(error, STATUS_FORMAT,
                     "%s, column %u%s%s%s: expected 2 to %d different labels, found %s",
                     table->reader.name, label->index, *name ? " (" : "", name, *name ? ")" : "",
                     DATASET_CLASSES_MAXIMUM, label->overflow ? "more" : "one");
  table->label = label;
  table->report.label_column = label->index;
  memcpy(table->report.label_name, name, sizeof name);
  table->inputs = table->report.columns - 1 - (table->report.ignored_column > 0);
  if (table->inputs > DATASET_INPUTS_MAXIMUM)
    return error_set(error, STATUS_FORMAT, "%s: expected at most %d columns of numbers, found %u",
                     table->reader.name, DATASET_INPUTS_MAXIMUM, table->inputs);
  return STATUS_OK;
}

/* ---- The numbers ----------------------------------------------------------------------------- */

/* Calls use(context, row, input, number) for every number; the survey has checked the file. */
static void each_number(Table *table,
                        void (*use)(void *context, uint32_t row, uint32_t input, double number),
                        void *context) {
  Reader *reader = &table->reader;
  rewind_to(reader, table->start, table->start_line);
  for (uint32_t row = 0; row < table->count && next_line(reader); row++) {
    uint32_t input = 0;
    for (int last = 0; !last;) {
      Cell cell = {0};
      double number = 0;
      if (next_cell(reader, &cell, &last, NULL))
        return;
      if (reader->column == table->report.ignored_column ||
          reader->column == table->report.label_column)
        continue;
      read_number(&cell, &number);
      use(context, row, input++, number);
    }
  }
}

typedef struct Filling {
  Dataset *dataset;
  const uint32_t *place; /* by row */
  double *low, *high;    /* by input, of the training samples */
} Filling;

static void widen(void *context, uint32_t row, uint32_t input, double number) {
  Filling *filling = context;
  if (filling->place[row] >= filling->dataset->train.count)
    return;
  if (number < filling->low[input])
    filling->low[input] = number;
  if (number > filling->high[input])
    filling->high[input] = number;
}

static void fill(void *context, uint32_t row, uint32_t input, double number) {
  Filling *filling = context;
  Dataset *dataset = filling->dataset;
  uint32_t place = filling->place[row], train = dataset->train.count;
  Samples *part = place < train ? &dataset->train : &dataset->test;
  size_t at = (size_t)(place < train ? place : place - train) * dataset->inputs + input;
  if (part->bytes) {
    part->bytes[at] = (uint8_t)number;
    return;
  }
  double low = filling->low[input], high = filling->high[input];
  double share = high > low ? (number - low) / (high - low) : 0;
  part->values[at] = (float)(share < 0 ? 0 : share > 1 ? 1 : share);
}

/* The side of the pictures that the columns are, or 0. */
static uint32_t picture_side(const Table *table) {
  uint32_t side = 8;
  while (side * side < table->inputs)
    side++;
  return table->bytes && table->largest > 127 && side * side == table->inputs ? side : 0;
}

static Status make(Table *table, Dataset *dataset, Error *error) {
  uint32_t inputs = table->inputs, train, test;
  uint32_t *place = memory_zeroed(table->count, sizeof *place);
  double *range = memory_zeroed(inputs, 2 * sizeof *range);
  Status status = STATUS_OK;
  dataset->inputs = inputs;
  dataset->classes = table->label->classes;
  for (uint32_t row = 0; row < table->count; row++)
    table->label->rows[row] = table->label->class_of[table->label->rows[row]];
  for (uint32_t k = table->label->count; k-- > 0;) /* the first of equals names its class */
    shown(&table->label->distinct[table->label->order[k]],
          table->report.classes[table->label->class_of[table->label->order[k]]], DATASET_NAME_SIZE);
  dataset->width = dataset->height = picture_side(table);
  SampleKind kind = dataset->width ? SAMPLE_BYTES : SAMPLE_VALUES;
  if (!place || !range)
    status = error_set(error, STATUS_MEMORY, "no memory for %u samples", table->count);
  if (!status)
    status = dataset_split(table->label->rows, table->count, table->reader.name, place, &train,
                           &test, error);
  if (!status)
    status = dataset_allocate_samples(&dataset->train, train, inputs, kind, error);
  if (!status)
    status = dataset_allocate_samples(&dataset->test, test, inputs, kind, error);
  if (!status) {
    Filling filling = {dataset, place, range, range + inputs};
    for (uint32_t i = 0; i < inputs; i++) {
      filling.low[i] = NUMBER_MAXIMUM;
      filling.high[i] = -NUMBER_MAXIMUM;
    }
    if (kind == SAMPLE_VALUES)
      each_number(table, widen, &filling);
    each_number(table, fill, &filling);
    for (uint32_t i = 0; kind == SAMPLE_VALUES && i < inputs; i++)
      table->report.constant += filling.low[i] == filling.high[i];
    for (uint32_t row = 0; row < table->count; row++) {
      uint8_t label = table->label->rows[row];
      if (place[row] < train)
        dataset->train.labels[place[row]] = label;
      else
        dataset->test.labels[place[row] - train] = label;
    }
    dataset->hash = dataset_hash(dataset);
  }
  memory_free(place);
  memory_free(range);
  return status;
}

Status dataset_from_csv(const uint8_t *data, size_t size, const char *name, Dataset *dataset,
                        CsvReport *report, Error *error) {
  enum { SHOWN = 160 };
  size_t length = strlen(name);
  *dataset = (Dataset){0};
  if (report)
    *report = (CsvReport){0};
  Table *table = calloc(1, sizeof *table);
  if (!table)
    return error_set(error, STATUS_MEMORY, "no memory to read %.160s", name);
  table->reader = (Reader){.data = data,
                           .size = size,
                           .name = length > SHOWN ? name + length - SHOWN : name,
                           .delimiter = ','};
  Status status = read_first_line(table, error);
  if (!status)
    status = survey(table, error);
  if (!status)
    status = choose_label(table, error);
  if (!status)
    status = make(table, dataset, error);
  if (status)
    dataset_free(dataset);
  else if (report)
    *report = table->report;
  for (int k = 0; k < 2; k++)
    free(table->candidate[k].rows);
  free(table);
  return status;
}

int dataset_is_csv(const char *path) {
  size_t length = strlen(path);
  Cell ending = {(const uint8_t *)path + (length < 4 ? 0 : length - 4), length < 4 ? 0 : 4};
  return equals_word(&ending, ".csv") || equals_word(&ending, ".tsv") ||
         equals_word(&ending, ".txt");
}

Status dataset_from_csv_file(const char *path, Dataset *dataset, CsvReport *report, Error *error) {
  uint8_t *data = NULL;
  size_t size = 0;
  *dataset = (Dataset){0};
  if (report)
    *report = (CsvReport){0};
  Status status = host_read_file(path, &data, &size, error);
  if (!status)
    status = dataset_from_csv(data, size, path, dataset, report, error);
  free(data);
  return status;
}

void csv_report_json(const CsvReport *report, uint32_t classes, Text *text) {
  const char delimiter[2] = {report->delimiter, 0};
  text_add(text, "{\"columns\":%u,\"label_column\":%u,\"label_name\":", report->columns,
           report->label_column);
  text_add_json_string(text, report->label_name);
  text_add(text, ",\"ignored_column\":%u,\"constant\":%u,\"header\":%s,\"delimiter\":",
           report->ignored_column, report->constant, report->header ? "true" : "false");
  text_add_json_string(text, delimiter);
  text_add(text, ",\"class_names\":[");
  for (uint32_t c = 0; c < classes; c++) {
    text_add(text, c ? "," : "");
    text_add_json_string(text, report->classes[c]);
  }
  text_add(text, "]}");
}
