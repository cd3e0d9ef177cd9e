/* kernels.h: the table of inner loops. Each is compiled for 4 lanes (every machine) and, natively
 * on x86-64, for 8 (AVX2) and 16 (AVX-512); the best set is chosen at run time. All sets give the
 * same bits: each lane is an output of its own, sums run in an order that the shapes fix, and sums
 * across lanes go through line_sum (vec.h). A plain reference stands beside each (reference.h).
 * All matrices are in the layout of panel.h; pointers are 64-byte aligned and must not overlap.
 * Threads: kernels are pure; callers split rows or panels among threads. */
#ifndef FILIGREE_KERNELS_H
#define FILIGREE_KERNELS_H

#include <stdint.h>

#include "status.h"

/* A weight matrix's slope (dR/d|w|, times its strength) as the kernels apply it:
 *   slope_ij = base + row_i + column_j + |w| * (linear + row_linear_i + column_linear_j)
 *              + cell_scale * psi(|w| * inverse_sum)
 * A NULL array counts as 0. See regularizer.h for where it comes from. */
typedef enum CellKind {
  CELL_NONE = 0,    /* psi = 0 */
  CELL_HALF = 1,    /* order 1/2: phi = sqrt(x+e) - sqrt(e), psi = 1 / sqrt(x+e) */
  CELL_SHANNON = 2, /* order 1: phi = x ln(x+e), psi = ln(x+e) + x / (x+e) */
  CELL_POWER = 3,   /* phi = ((x+e)^a - e^a) / M^a, psi = ((x+e)/M)^(a-1) */
  CELL_NEAR_1 = 4,  /* a within 1/4 of 1, t = a - 1: phi = ((x+e) E(x) - e E(0)) / t,
                       psi = E(x) / t, with E(x) = (x+e)^t - 1 */
} CellKind;

/* What psi and phi of one distribution need. x = |w| * inverse_sum. */
typedef struct CellForm {
  CellKind kind;
  float inverse_sum; /* 1 / S */
  float smoothing;   /* e = 0.01 / cells */
  float order;       /* a */
  float log_scale;   /* ln M: M = largest x + e, for CELL_POWER (0 where a < 1) */
  /* [rows x columns] in the layout of panel.h, or NULL. row_sums leaves psi of the weights there (but not
   * of a vector of zeros), and slopes and step read it there instead of computing it anew. */
  float *psi;
  float psi_zero; /* psi of a zero weight, for step_marked */
} CellForm;

typedef struct SlopeForm {
  float base, linear, cell_scale;
  const float *row, *row_linear;       /* [O] or NULL */
  const float *column, *column_linear; /* [panel_count(I) * 16] or NULL */
  CellForm cell;
} SlopeForm;

/* How one optimizer step treats the penalty's slope. */
typedef enum StepKind {
  STEP_GRADIENT = 0, /* no kink at zero: the slope joins the gradient */
  STEP_PROXIMAL = 1,
  STEP_ORTHANT = 2,
  STEP_FROZEN = 3, /* fine-tuning: no penalty, zeros stay zero */
} StepKind;

typedef struct StepForm {
  int adam; /* 1: Adam, 0: SGD with momentum 0.9 */
  StepKind kind;
  float learning_rate;
  float rate;              /* learning_rate / (1 - 0.9^t) for Adam; learning_rate for SGD */
  float second_correction; /* 1 / sqrt(1 - 0.999^t), Adam */
  uint32_t number;         /* t: the phase's first step is 1 */
} StepForm;

/* The nonzeros of a matrix, row by row: row r holds column[k], value[k] for k = start[r] ...
 * start[r] + count[r] - 1, columns rising. Packed: start[r + 1] = start[r] + count[r]. */
typedef struct SparseMatrix {
  uint32_t rows, columns;
  uint32_t *start, *count; /* [rows + 1], [rows] */
  uint32_t *column;
  float *value;
} SparseMatrix;

/* A gradient of which only some rows were computed, the others being exactly zero. */
typedef struct GradientRows {
  uint32_t count;       /* rows that were computed */
  const int32_t *place; /* [rows] */
} GradientRows;

/* What is known of each line of a matrix W whose weights are mostly zero; [panels x rows]. */
typedef struct LineMarks {
  uint8_t *nonzero; /* bit k: some weight of the line's vector k is not 0 (a set's own vectors) */
  /* 0, or the number of the step after which the line's second moments stand still, because weights, first
   * moments and gradients are all 0: they are caught up with when that ends. */
  uint32_t *asleep;
} LineMarks;

typedef struct Kernels {
  int lanes;

  /* C[r, n] = start[r] + sum over k of A[r, k] B[k, n], k = 0, 1, ..., K-1 one after the other, for
   * r in [row_first, row_end) and panels [panel_first, panel_end) of C. A is rows x K, B is K x N,
   * C is rows x N. start is [rows] or NULL (0; -0 counts as 0). Lines of zeros in B may be left
   * out: the same bits as long as A is finite. */
  void (*product)(const float *a, const float *b, const float *start, float *c, uint32_t rows,
                  uint32_t depth, uint32_t row_first, uint32_t row_end, uint32_t panel_first,
                  uint32_t panel_end);

  /* C[r, n] = sum over k of A[k, r] B[k, n], k in order; A is K x rows: the product with A
   * transposed. Panels [panel_first, panel_end) of C, all rows. */
  void (*product_transposed)(const float *a, const float *b, float *c, uint32_t rows,
                             uint32_t depth, uint32_t panel_first, uint32_t panel_end);

  /* For rows [row_first, row_end) of W (rows x columns): any of row_absolute (sum of |w|),
   * row_square (of w^2), and, with cell->kind, row_phi and row_product (sums of phi(x) and x
   * psi(x)); those not wanted are NULL. Each line's 16 lanes are summed over the panels in order,
   * then by line_sum. nonzero: W's marks, or NULL; what is not marked is not looked at, and gets no
   * psi. */
  void (*row_sums)(const float *w, const uint8_t *nonzero, uint32_t rows, uint32_t columns,
                   const CellForm *cell, uint32_t row_first, uint32_t row_end, float *row_absolute,
                   float *row_square, float *row_phi, float *row_product);

  /* For panels [panel_first, panel_end): column_absolute[j] = sum over rows, in order, of |w|,
   * column_square of w^2 (may be NULL), column_largest the largest |w| (may be NULL). */
  void (*column_sums)(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                      float *column_absolute, float *column_square, float *column_largest);

  /* phi and psi of `count` numbers x (not scaled by inverse_sum); arrays padded to lines. */
  void (*cells)(const float *x, uint32_t count, const CellForm *cell, float *phi, float *psi);

  /* slope_ij into `slope` (layout of W, panels [panel_first, panel_end), for views and `penalty`).
   */
  void (*slopes)(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                 const SlopeForm *form, float *slope);

  /* Sparse products: W by its nonzeros alone (sparse.h), rows in order and columns rising. They add
   * the same products in the same order as `product` and `product_transposed`, which add exact
   * zeros besides: the same bits, as long as activations are finite. */

  /* C[r, n] = start[r] + sum over nonzeros of W[r, k] B[k, n]; as product, all rows. */
  void (*sparse_product)(const SparseMatrix *w, const float *b, const float *start, float *c,
                         uint32_t panel_first, uint32_t panel_end);

  /* C[k, n] = sum over rows r of W[r, k] B[r, n]; as product_transposed. */
  void (*sparse_product_transposed)(const SparseMatrix *w, const float *b, float *c,
                                    uint32_t panel_first, uint32_t panel_end);

  /* C[r, n] = start[r] + sum over the nonzeros of row n of X of X[n, k] A[k, r], k rising: the product
   * with X's transpose on the right, X by its nonzeros. X is N x K, A is K x rows, C is rows x N;
   * panels [panel_first, panel_end) of C. The same bits as `product` (A transposed, X transposed),
   * as long as A is finite. Columns of A beyond `rows` may hold anything. */
  void (*input_product)(const SparseMatrix *x, const float *a, const float *start, float *c,
                        uint32_t rows, uint32_t panel_first, uint32_t panel_end);

  /* gradient[j] = sum over the batch of dz[r_j, b] x[k_j, b] for the nonzeros j in
   * [16 line_first, 16 line_end), W packed: 16 lanes over the batch's panels, then line_sum. dz is
   * O x B, x is I x B with zero padding in dz. */
  void (*sparse_gradient)(const SparseMatrix *w, const float *dz, const float *x, uint32_t batch,
                          uint32_t line_first, uint32_t line_end, float *gradient);

  /* Collects the nonzeros of rows [row_first, row_end) of w (layout of panel.h) into `sparse`,
   * whose start[r] says where row r's slot begins; sets count[r]. nonzero: as for row_sums. */
  void (*sparse_collect)(const float *w, const uint8_t *nonzero, SparseMatrix *sparse,
                         uint32_t row_first, uint32_t row_end);

  /* One optimizer step on panels [panel_first, panel_end): w, first moment m, second moment v
   * (Adam only, else NULL), gradient g, and fused with it the column sums of the new weights
   * (NULL: not wanted). Row r's gradient is row gradient_rows->place[r] of g (rows x columns with
   * gradient_rows->count rows), or all zero where that is negative; NULL: row r. Formulas:
   * trainer.h. */
  void (*step)(float *w, float *m, float *v, const float *g, const GradientRows *gradient_rows,
               uint32_t rows, uint32_t panel_first, uint32_t panel_end, const SlopeForm *form,
               const StepForm *step, float *column_absolute, float *column_square,
               float *column_largest);

  /* The same for Adam's STEP_PROXIMAL with marks, of a form without linear terms and, with a cell form,
   * with its psi from row_sums: the same bits as `step`, but for the second moments of lines that are
   * asleep (wake). Keeps the marks true. */
  void (*step_marked)(float *w, float *m, float *v, const float *g,
                      const GradientRows *gradient_rows, uint32_t rows, uint32_t panel_first,
                      uint32_t panel_end, const SlopeForm *form, const StepForm *step,
                      const LineMarks *marks, float *column_absolute);

  /* nonzero[] of these panels of W. */
  void (*mark)(const float *w, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
               uint8_t *nonzero);

  /* Brings the second moments of these panels up to date, as after step `now`; none is asleep then. */
  void (*wake)(float *v, uint32_t rows, uint32_t panel_first, uint32_t panel_end, uint32_t now,
               uint32_t *asleep);

  /* Pixels to samples: for batch rows [first, end): samples[b, i] = bytes[order[b]][i] / 255.
   * Panels with used[panel] = 0 are left as they are; used NULL: all are filled. */
  void (*gather_bytes)(const uint8_t *bytes, const uint32_t *order, uint32_t inputs, uint32_t batch,
                       uint32_t first, uint32_t end, const uint8_t *used, float *samples);

  /* The same as nonzeros: row b of `samples` (its slot at start[b] has room for 8 more) gets the
   * inputs that are not 0 and their numbers, for b in [first, end). */
  void (*gather_nonzeros)(const uint8_t *bytes, const uint32_t *order, uint32_t inputs,
                          uint32_t first, uint32_t end, SparseMatrix *samples);

  /* to (columns x rows) = transpose of from (rows x columns), for the rows of `from` in its lines
   * 16 row_panel_first .. and its column panels [panel_first, panel_end). Row panels beyond the
   * last row are padded with zeros. */
  void (*transpose)(const float *from, uint32_t rows, uint32_t columns, float *to,
                    uint32_t row_panel_first, uint32_t row_panel_end, uint32_t panel_first,
                    uint32_t panel_end);

  /* x = x <= 0 ? 0 : x on `lines` lines (so NaN stays NaN and is noticed). */
  void (*relu)(float *x, uint32_t lines);

  /* dx = h > 0 ? dx * scale : 0 on `lines` lines. */
  void (*relu_backward)(float *dx, const float *h, float scale, uint32_t lines);

  /* sums[r] = sum of row r of a (rows x B, all panels): lane by lane over the panels, then line_sum. */
  void (*batch_sums)(const float *a, uint32_t rows, uint32_t panels, float *sums);

  /* silent[r] = 1 when row r of a (rows x B) is all zero in panels [panel_first, panel_end), else 0. */
  void (*silent_rows)(const float *a, uint32_t rows, uint32_t panel_first, uint32_t panel_end,
                      uint8_t *silent);

  /* Softmax cross-entropy with label smoothing on panels [panel_first, panel_end) of the logits
   * z (classes x B): loss[b], correct[b] (1 when the first largest logit is the label's), and, when
   * dz is not NULL, dz = (softmax(z) - target) * scale with padding lanes (b >= B) zero. */
  void (*softmax)(const float *z, const int32_t *labels, uint32_t classes, uint32_t batch,
                  uint32_t panel_first, uint32_t panel_end, float smoothing, float scale,
                  float *loss, int32_t *correct, float *dz);
} Kernels;

/* Fills *kernels with the best set for this machine, or the one that the environment's
 * FILIGREE_LANES (4, 8 or 16; native builds, for tests) asks for: STATUS_RANGE when this machine
 * has no such set. */
Status kernels_best(Kernels *kernels, Error *error);

/* Fills *kernels with the set of exactly `lanes` lanes; 0 when this build or machine has none. */
int kernels_with_lanes(int lanes, Kernels *kernels);

#endif
