/* csv_test.c: data sets from CSV files: which column is the label, what the inputs become, the split, and
 * what is said of a broken file. */
#include "check.h"

#include "dataset.h"

static Dataset dataset;
static CsvReport report;
static Error error;

static Status parse(const char *text) {
  size_t size = strlen(text);
  uint8_t *file = malloc(size ? size : 1); /* AddressSanitizer sees a byte too far */
  memcpy(file, text, size);
  error = (Error){0};
  memset(&dataset, 0x5A, sizeof dataset);
  memset(&report, 0x5A, sizeof report);
  Status status = dataset_from_csv(file, size, "file.csv", &dataset, &report, &error);
  free(file);
  return status;
}

/* The text is refused, and the error holds `wanted`. */
static void refused(const char *text, const char *wanted) {
  static const Dataset zeroed;
  CHECK(parse(text) == STATUS_FORMAT, "taken: %s", text);
  CHECK(strstr(error.text, wanted) != NULL, "wanted '%s', got '%s'", wanted, error.text);
  CHECK(!memcmp(&dataset, &zeroed, sizeof dataset));
}

/* The text is taken, by this label column, with so many inputs and classes. */
static void taken(const char *text, uint32_t label, uint32_t inputs, uint32_t classes) {
  if (!CHECK(parse(text) == STATUS_OK, "%s: %s", text, error.text))
    return;
  CHECK(report.label_column == label && dataset.inputs == inputs && dataset.classes == classes,
        "column %u, %u inputs, %u classes of: %s", report.label_column, dataset.inputs,
        dataset.classes, text);
  CHECK(dataset.hash == dataset_hash(&dataset));
  dataset_free(&dataset);
}

static void labels(void) {
  taken("a,b,label\n1,2,x\n1,2,x\n3,4,y\n5,6,x\n", 3, 2, 2);
  taken("Label,a,b\n1,2,3\n1,2,3\n2,2,3\n1,2,3\n", 1, 2, 2);
  taken("class,y,label\n1,2,3\n1,2,3\n2,2,3\n1,2,4\n", 3, 2, 2); /* label comes before class */
  taken("a,CLASS,b\n1,p,3\n1,p,3\n1,q,3\n1,p,4\n", 2, 2, 2);
  taken("x,y,colour\n1,2,red\n2,3,red\n3,4,green\n1,2,red\n", 3, 2, 2); /* y is a coordinate */
  taken("a,b,y\n1,2,0\n2,3,1\n3,4,0\n1,2,0\n", 3, 2, 2);
  taken("label,0,1\n1,2,3\n1,2,3\n0,2,3\n1,2,3\n", 1, 2, 2); /* numbers as names */
  /* no names */
  taken("5.1,3.5,setosa\n4.9,3,setosa\n4.7,3.2,setosa\n7,3,virginica\n", 3, 2, 2);
  taken("M,1.5,2.5\nM,2,2\nB,3,3\nM,4,4\n", 1, 2, 2);
  taken("1,0.5,7\n1,0.5,8\n2,1.5,8\n1,1,7\n1,2,7\n", 3, 2, 2); /* both could be: the last */
  taken("1,0.5,7\n1,0.5,7\n2,1.5,7\n1,1,7\n", 1, 2, 2);        /* the last has one value */
  taken("1,0.5,7.25\n1,0.5,8.5\n2,1.5,8\n1,1,7\n", 1, 2, 2);   /* the last has fractions */
  /* row numbers */
  taken("Id,a,kind\n1,2,x\n2,3,x\n3,4,y\n4,5,x\n", 3, 1, 2);
  taken(",a,kind\n1,2,x\n2,3,x\n3,4,y\n4,5,x\n", 3, 1, 2);
  /* all kinds of lines and delimiters */
  taken("\xEF\xBB\xBFlabel;a\r\n\r\nx;1\r\nx;2\r\ny;3\r\nx;4", 1, 1, 2);
  taken("label\ta\rx\t1\rx\t2\ry\t3\rx\t4\r", 1, 1, 2);
  taken("\"label\" , \"a,b\"\n \"x, \"\"z\"\"\" , 1 \n y,2\ny,3\ny,4\n\n", 1, 1, 2);
  if (CHECK(parse("label,a\n10,1\n9,1\n9.0,2\n-1,1\n9,2\n") == STATUS_OK, "%s", error.text)) {
    CHECK(dataset.classes == 3); /* by number: -1, 9, 10; 9 and 9.0 are one */
    CHECK(!strcmp(report.classes[0], "-1") && !strcmp(report.classes[1], "9") &&
          !strcmp(report.classes[2], "10"));
    CHECK(!strcmp(report.label_name, "label") && report.header && report.delimiter == ',');
    dataset_free(&dataset);
  }
  if (CHECK(parse("label,a\nb,1\nB,1\n10,2\na \"\"b,1\nb,2\nb,2\n") == STATUS_OK, "%s",
            error.text)) {
    CHECK(dataset.classes == 4); /* by bytes */
    CHECK(!strcmp(report.classes[0], "10") && !strcmp(report.classes[1], "B") &&
          !strcmp(report.classes[3], "b"));
    dataset_free(&dataset);
  }
}

static void inputs(void) {
  /* Ten samples of each of two classes: two of each are apart; the scale is the training samples'. */
  Text text = {0};
  text_add(&text, "a,b,c,label\n");
  for (int k = 0; k < 20; k++)
    text_add(&text, "%d,%d.5e-1,7,%s\n", k * k, 100 - k, k % 2 ? "odd" : "even");
  if (!CHECK(parse(text_string(&text)) == STATUS_OK, "%s", error.text))
    return;
  CHECK(dataset.train.count == 16 && dataset.test.count == 4 && dataset.inputs == 3);
  CHECK(report.constant == 1 && dataset.width == 0);
  int odd[2] = {0};
  for (int part = 0; part < 2; part++) {
    const Samples *samples = part ? &dataset.test : &dataset.train;
    for (uint32_t k = 0; k < samples->count; k++)
      odd[part] += samples->labels[k];
  }
  CHECK(odd[0] == 8 && odd[1] == 2);
  float low = 2, high = -1;
  for (uint32_t k = 0; k < dataset.train.count; k++) {
    const float *row = dataset.train.values + k * 3;
    low = row[1] < low ? row[1] : low;
    high = row[1] > high ? row[1] : high;
    CHECK(row[2] == 0);
    CHECK((row[0] > 0.5f) <= (row[1] < 0.5f)); /* columns go opposite ways */
  }
  CHECK(low == 0 && high == 1);
  for (uint32_t k = 0; k < dataset.test.count * 3; k++)
    CHECK(dataset.test.values[k] >= 0 && dataset.test.values[k] <= 1);
  uint64_t hash = dataset.hash;
  CHECK(hash == 0x75b285f84db20c5au, "got 0x%016llx", (unsigned long long)hash);
  dataset_free(&dataset);
  text_free(&text);

  /* Hard numbers: correctly rounded, whatever the way. 0.3 to the last place and beyond. */
  CHECK(
      parse("label,a\n0,0\n0,1e0\n0,0.29999999999999998889776975\n0,0.3\n0,300000000000000000e-18\n"
            "1,.5\n1,1\n1,5.e-1\n1,0.25\n1,4503599627370496.5e-20\n") == STATUS_OK,
      "%s", error.text);
  int thirds = 0;
  for (uint32_t k = 0; k < dataset.train.count; k++)
    thirds += dataset.train.values[k] == 0.3f;
  for (uint32_t k = 0; k < dataset.test.count; k++)
    thirds += dataset.test.values[k] == 0.3f;
  CHECK(thirds == 3);
  dataset_free(&dataset);

  /* Pixels stay bytes. */
  text_clear(&text);
  text_add(&text, "label");
  for (int i = 0; i < 64; i++)
    text_add(&text, ",%d", i);
  text_add(&text, "\n");
  for (int k = 0; k < 10; k++) {
    text_add(&text, "%d", k % 2);
    for (int i = 0; i < 64; i++)
      text_add(&text, ",%d", (k * 31 + i * 7) % 256);
    text_add(&text, "\n");
  }
  if (CHECK(parse(text_string(&text)) == STATUS_OK, "%s", error.text)) {
    CHECK(report.label_column == 1 && dataset.width == 8 && dataset.height == 8);
    CHECK(dataset.train.bytes && !dataset.train.values && dataset.train.count == 8);
    for (uint32_t k = 0; k < 8; k++)
      for (uint32_t i = 1; i < 64; i++)
        CHECK((uint8_t)(dataset.train.bytes[k * 64 + i] - dataset.train.bytes[k * 64 + i - 1]) ==
              7);
    dataset_free(&dataset);
  }
  text_free(&text);
}

static void broken(void) {
  refused("", "file.csv is empty");
  refused("\n \r\n", "is empty");
  refused("a\n1\n", "at least two columns");
  refused("a,label\n", "expected samples below the names");
  refused("a,label\n1,x\n2\n", "line 3: expected 2 cells as in the first line, found 1");
  refused("a,label\n1,x\n2,y,3\n",
          "line 3: expected 2 cells as in the first line, found at least 3");
  refused("a,label\n1,x\nred,y\n", "line 3, column 1 (a): 'red' is not a number");
  refused("a,label\n1,x\n,y\n", "line 3, column 1 (a): the cell is empty");
  refused("a,label\n1,x\n2,\n", "line 3, column 2 (label): the cell is empty");
  refused("a,label\n1,x\nNaN,y\n", "column 1 (a): 'NaN' is not a finite number");
  refused("a,label\n1,x\ninf,y\n", "is not a finite number");
  refused("a,label\n1,x\n1,nan\n", "line 3, column 2");
  refused("a;label\n1,5;x\n", "decimals take a point");
  refused("a,label\n1e31,x\n", "line 2, column 1: 1e31 is too large");
  refused("a,label\n1e999999999999,x\n", "is too large");
  refused("a,label\n0x10,x\n", "'0x10' is not a number");
  refused("a,label\n1e,x\n", "'1e' is not a number");
  refused("a,label\n.,x\n", "'.' is not a number");
  refused("a,label\n--1,x\n", "is not a number");
  refused("a,label\n1,\"x\n2,y\n", "line 2, column 2: a quote is not closed on its line");
  refused("a,label\n1,\"x\"y\n", "text follows a closing quote");
  refused("a,label\n1,x\n2,x\n3,x\n", "expected 2 to 100 different labels, found one");
  refused("a,label\n1,x\n2,y\n1,x\n2,y\n", "no class has three samples");
  refused("a,label\n1,1\n2,1.0\n3,1e0\n", "expected 2 to 100 different labels, found one");
  refused("1.5,2.5\n2.5,3.5\n", "which column is the label?");
  refused("a,b,c\nred,1,x\nred,2,y\n", "line 2, column 1 (a): 'red' is not a number");
  refused("PK\x03\x04", "ZIP or Excel");
  refused("\x1f\x8b\x08", "gzip");
  refused("\xff\xfe"
          "a",
          "UTF-16");
  error = (Error){0};
  CHECK(dataset_from_csv((const uint8_t *)"a,b\0c\n", 6, "file.csv", &dataset, NULL, &error) ==
            STATUS_FORMAT &&
        strstr(error.text, "no text"));
  CHECK(dataset_from_csv(NULL, 0, "file.csv", &dataset, NULL, &error) == STATUS_FORMAT);
  Text text = {0};
  for (int k = 0; k < 102; k++)
    text_add(&text, "%s%d", k ? "\n" : "label,a\n", k), text_add(&text, ",1");
  refused(text_string(&text), "column 1 (label): expected 2 to 100 different labels, found more");
  text_clear(&text);
  for (int k = 0; k < 16386; k++)
    text_add(&text, "a,");
  text_add(&text, "label\n");
  refused(text_string(&text), "at most 16386 columns");
  text_clear(&text);
  text_add(&text, "a,label\n");
  for (int k = 0; k < 101; k++)
    text_add(&text, "1");
  text_add(&text, ",x\n");
  refused(text_string(&text), "is too long for a number");
  text_free(&text);
}

static void endings(void) {
  CHECK(dataset_is_csv("a.csv") && dataset_is_csv("/b/C.CSV") && dataset_is_csv("x.tsv") &&
        dataset_is_csv("x.txt"));
  CHECK(!dataset_is_csv("") && !dataset_is_csv("csv") && !dataset_is_csv("folder"));
  CHECK(dataset_from_csv_file("/nowhere/file.csv", &dataset, &report, &error) == STATUS_FILE);
}

int main(int count, char **words) {
  check_start(count, words);
  labels();
  inputs();
  broken();
  endings();
  return check_finish();
}
