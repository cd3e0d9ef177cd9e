/* regularizer.h: the table of regularizers. Nothing else in the program names one. A regularizer
 * maps one weight matrix W (O outputs x I inputs, A = |W|) to a value R(W) and a slope dR/d|w| per
 * weight; the gradient is slope * sign(w). Biases are never regularized. Definitions: the comments
 * in regularizer.c; sources: DeepHoyer (Yang, Wen, Li 2020) for hoyer-square, group lasso (Yuan,
 * Lin 2006), elastic net (Zou, Hastie 2005); arrangement is our reconstruction from the abstract of
 * arXiv 2301.07285 (the paper's own formula may differ). Depends on kernels, scalar, memory,
 * status. */
#ifndef FILIGREE_REGULARIZER_H
#define FILIGREE_REGULARIZER_H

#include "kernels.h"
#include "status.h"

/* Which sums over W a regularizer reads. */
enum {
  NEEDS_SQUARES = 1, /* of w^2; every penalty whose slope has linear terms (SlopeForm) has this */
  NEEDS_ROWS = 2,    /* row sums, not only column sums */
  NEEDS_LARGEST = 4, /* the largest |w| */
};

/* Which settings a penalty has a use for; the others change nothing. */
enum {
  USES_STRENGTH = 1,
  USES_ORDER = 2,
  USES_MIX = 4,
};

/* The parameters of a penalty. order > 0; mix in [0, 1]. */
typedef struct RegularizerParameters {
  double order, mix;
} RegularizerParameters;

/* Sums over one matrix. 4 O + 3 I floats, and 3 (O + I) in each thread's
 * scratch; none of size O * I. Row arrays are [O], column arrays [panel_count(I) * 16]. */
typedef struct RegularizerSums {
  uint32_t rows, columns; /* O, I */
  float *column_absolute, *column_square, *column_largest;
  float *row_absolute, *row_square, *row_phi, *row_product;
  float *
      psi; /* [O x I], borrowed: regularizer_rows leaves psi there for the slopes; NULL: it is computed twice */
  const uint8_t *nonzero;           /* the matrix's marks (LineMarks), borrowed; NULL: not kept */
  double absolute, square, largest; /* totals over columns, by regularizer_totals */
} RegularizerSums;

typedef struct RegularizerDefaults {
  double lambda, order, mix;
} RegularizerDefaults;

typedef struct RegularizerScratch RegularizerScratch;

typedef struct Regularizer {
  const char *name, *label, *help;
  RegularizerDefaults defaults;
  int kink;      /* 1: |w| has a kink at 0, so that the steps make exact zeros */
  unsigned uses; /* USES_ bits */
  /* NEEDS_ bits for these parameters. */
  unsigned (*needs)(const RegularizerParameters *parameters);
  /* What phi and psi of a cell are; kind CELL_NONE where the matrix's cells need none. Reads
   * totals. */
  void (*cell)(const RegularizerParameters *parameters, const RegularizerSums *sums,
               CellForm *form);
  /* The value R, and the form of strength * slope (form->cell is set already). Row and column
   * terms go to scratch. W is not all zero. */
  double (*finish)(const RegularizerParameters *parameters, const RegularizerSums *sums,
                   double strength, const Kernels *kernels, RegularizerScratch *scratch,
                   SlopeForm *form);
} Regularizer;

extern const Regularizer regularizer_table[];
extern const int regularizer_count;
/* The row that is used when nobody says which. */
extern const int regularizer_default;

/* The row's index, or -1. */
int regularizer_find(const char *name);

/* Scratch of one thread for matrices of up to `rows` x `columns`: 3 (O + I) floats and padding.
 * NULL: no memory. */
RegularizerScratch *regularizer_scratch_create(uint32_t rows, uint32_t columns);
void regularizer_scratch_free(RegularizerScratch *scratch);

Status regularizer_sums_create(RegularizerSums *sums, uint32_t rows, uint32_t columns,
                               Error *error);
void regularizer_sums_free(RegularizerSums *sums);

/* The passes, in this order; all threads may run them at once on ranges of their own with a barrier
 * after the column sums and after the row sums; each
 * thread has a RegularizerSums of its own that points to the shared arrays:
 *   1. kernels->column_sums over panels (fused with the optimizer's step in training);
 *   2. regularizer_totals: the totals, column by column in order;
 *   3. regularizer_rows over ranges of rows;
 *   4. regularizer_slope: value and slope form. Pure: every thread computes the same with scratch
 * of its own. */
void regularizer_totals(RegularizerSums *sums);
void regularizer_rows(const Regularizer *regularizer, const RegularizerParameters *parameters,
                      const Kernels *kernels, const float *w, const RegularizerSums *sums,
                      uint32_t row_first, uint32_t row_end);
/* lambda and l1 are the strengths now (ramped): the form is of lambda * R + l1 * sum |w|. Returns R
 * (0 for W = 0). The form points into scratch. */
double regularizer_slope(const Regularizer *regularizer, const RegularizerParameters *parameters,
                         const Kernels *kernels, const RegularizerSums *sums, double lambda,
                         double l1, RegularizerScratch *scratch, SlopeForm *form);

/* All passes at once on row-major W [rows][columns]: the value, and, where not NULL, the gradient
 * (0 at a zero weight) and the slope (positive: shrinks), row-major, strength 1. STATUS_MEMORY,
 * STATUS_FORMAT (NaN or infinity in W; a value or a slope that float cannot hold). One thread. */
Status regularizer_evaluate(const Regularizer *regularizer, const RegularizerParameters *parameters,
                            const Kernels *kernels, const float *w, uint32_t rows, uint32_t columns,
                            double *value, float *gradient, float *slope, Error *error);

#endif
