/* kernel_product.c: the matrix products, by register tiles over panels (panel.h). Every output
 * element is one lane that adds its products in the order k = 0, 1, ..., so neither the tile's
 * shape nor LANES nor the split among threads can change a bit. Compiled once per lane width.
 * Depends on kernel_names.h and vec.h.
 *
 * Tile: TILE_ROWS rows x 2 vectors (one panel with 8 lanes, half a panel with 4, two panels with
 * 16). In WebAssembly 4 x 2 runs at twice the speed of 5 x 2: V8 has about 15 vector registers to
 * give and spills beyond them. Both TILE_ROWS divide a line, so a transposed A never straddles one.
 */
#include <stddef.h>

#include "kernel_names.h"

#if LANES == 16
enum { TILE_ROWS = 8 };
#else
enum { TILE_ROWS = 4 };
#endif
enum { DEPTH_BLOCK = 256 }; /* of k: a panel's slice of B (16 kB) stays in the first-level cache */

/* Keeps LLVM from hoisting a tile's loads above its arithmetic, which spills registers. */
#define BARRIER() __asm__ volatile("" ::: "memory")

typedef struct TileShape {
  uint32_t a_block;  /* floats of A between blocks of 16 in k */
  uint32_t b_second; /* floats from the first to the second vector of B, same k */
  uint32_t c_second; /* the same in C */
} TileShape;

/* R rows x V vectors of C += A B over `depth` values of k. With A plain, k runs along a line of 16
 * (a_block floats between lines); rows are a line apart. */
INLINE void tile(int R, int V, const float *a, const float *b, float *c, uint32_t depth,
                 TileShape shape) {
  Vec sum[TILE_ROWS][2];
  UNROLL
  for (int r = 0; r < R; r++)
    UNROLL
  for (int v = 0; v < V; v++)
    sum[r][v] = vec_load(c + r * LINE + v * shape.c_second);
  while (depth) {
    uint32_t count = depth < LINE ? depth : LINE;
    const float *a_end = a + count;
    for (const float *at = a; at != a_end; at++, b += LINE) {
      Vec b0 = vec_load(b);
      Vec b1 = V > 1 ? vec_load(b + shape.b_second) : b0;
      UNROLL
      for (int r = 0; r < R; r++) {
        Vec x = vec_all(at[r * LINE]);
        sum[r][0] += x * b0;
        if (V > 1)
          sum[r][1] += x * b1;
        BARRIER();
      }
    }
    a += shape.a_block;
    depth -= count;
  }
  UNROLL
  for (int r = 0; r < R; r++)
    UNROLL
  for (int v = 0; v < V; v++)
    vec_store(c + r * LINE + v * shape.c_second, sum[r][v]);
}

/* Which lines of B (values of k) a product needs: one that is all zero would add exact zeros. */
typedef struct LitLines {
  uint32_t count;
  uint32_t a[DEPTH_BLOCK], b[DEPTH_BLOCK]; /* floats from the block's first k */
} LitLines;

/* The same over the lit lines only, k still rising. */
INLINE void tile_lit(int R, int V, const float *a, const float *b, float *c, const LitLines *lit,
                     TileShape shape) {
  Vec sum[TILE_ROWS][2];
  UNROLL
  for (int r = 0; r < R; r++)
    UNROLL
  for (int v = 0; v < V; v++)
    sum[r][v] = vec_load(c + r * LINE + v * shape.c_second);
  for (uint32_t k = 0; k < lit->count; k++) {
    const float *at = a + lit->a[k], *line = b + lit->b[k];
    Vec b0 = vec_load(line);
    Vec b1 = V > 1 ? vec_load(line + shape.b_second) : b0;
    UNROLL
    for (int r = 0; r < R; r++) {
      Vec x = vec_all(at[r * LINE]);
      sum[r][0] += x * b0;
      if (V > 1)
        sum[r][1] += x * b1;
      BARRIER();
    }
  }
  UNROLL
  for (int r = 0; r < R; r++)
    UNROLL
  for (int v = 0; v < V; v++)
    vec_store(c + r * LINE + v * shape.c_second, sum[r][v]);
}

/* The same with A transposed: A's rows are neighbours in a line, k goes from line to line. */
INLINE void tile_transposed(int R, int V, const float *a, const float *b, float *c, uint32_t depth,
                            TileShape shape) {
  Vec sum[TILE_ROWS][2];
  UNROLL
  for (int r = 0; r < R; r++)
    UNROLL
  for (int v = 0; v < V; v++)
    sum[r][v] = vec_all(0.0f);
  for (; depth; depth--, a += LINE, b += LINE) {
    Vec b0 = vec_load(b);
    Vec b1 = V > 1 ? vec_load(b + shape.b_second) : b0;
    UNROLL
    for (int r = 0; r < R; r++) {
      Vec x = vec_all(a[r]);
      sum[r][0] += x * b0;
      if (V > 1)
        sum[r][1] += x * b1;
      BARRIER();
    }
  }
  UNROLL
  for (int r = 0; r < R; r++)
    UNROLL
  for (int v = 0; v < V; v++)
    vec_store(c + r * LINE + v * shape.c_second, sum[r][v]);
}

/* Not inlined: inlined into one large function, V8 runs them less than half as fast. */
#define NOINLINE __attribute__((noinline))
typedef void (*Tile)(const float *a, const float *b, float *c, uint32_t depth, TileShape shape);
typedef void (*TileLit)(const float *a, const float *b, float *c, const LitLines *lit,
                        TileShape shape);

#define TILE(R, V)                                                                                 \
  static NOINLINE void tile_##R##x##V(const float *a, const float *b, float *c, uint32_t depth,    \
                                      TileShape shape) {                                           \
    tile(R, V, a, b, c, depth, shape);                                                             \
  }
#define TILE_LIT(R, V)                                                                             \
  static NOINLINE void tile_lit_##R##x##V(const float *a, const float *b, float *c,                \
                                          const LitLines *lit, TileShape shape) {                  \
    tile_lit(R, V, a, b, c, lit, shape);                                                           \
  }
#define TILE_TRANSPOSED(R, V)                                                                      \
  static NOINLINE void tile_transposed_##R##x##V(const float *a, const float *b, float *c,         \
                                                 uint32_t depth, TileShape shape) {                \
    tile_transposed(R, V, a, b, c, depth, shape);                                                  \
  }

TILE(1, 2)
TILE(2, 2)
TILE(3, 2)
TILE(4, 2)
TILE_TRANSPOSED(1, 2)
#if LANES != 16
TILE_TRANSPOSED(4, 2)
#else
TILE(8, 2)
TILE(1, 1)
TILE(8, 1)
TILE_TRANSPOSED(8, 2)
TILE_TRANSPOSED(1, 1)
TILE_TRANSPOSED(8, 1)
#endif

TILE_LIT(1, 2)
#if LANES == 16
TILE_LIT(8, 2)
TILE_LIT(1, 1)
TILE_LIT(8, 1)
#else
TILE_LIT(4, 2)
#endif

/* All rows of a strip of C that is `vectors` vectors wide. a, b, c point at its first row and k. */
static void strip(const float *a, const float *b, float *c, uint32_t rows, uint32_t depth,
                  int vectors, TileShape shape) {
  (void)vectors;
#if LANES == 16
  Tile large = vectors == 1 ? tile_8x1 : tile_8x2;
  for (; rows >= 8; rows -= 8, a += 8 * LINE, c += 8 * LINE)
    large(a, b, c, depth, shape);
  if (vectors == 1) {
    for (; rows; rows--, a += LINE, c += LINE)
      tile_1x1(a, b, c, depth, shape);
    return;
  }
#endif
  for (; rows >= 4; rows -= 4, a += 4 * LINE, c += 4 * LINE)
    tile_4x2(a, b, c, depth, shape);
  static const Tile tails[4] = {NULL, tile_1x2, tile_2x2, tile_3x2};
  if (rows)
    tails[rows](a, b, c, depth, shape);
}

/* All rows of a strip of the product with A transposed. */
static void strip_transposed(const float *a, const float *b, float *c, uint32_t rows,
                             uint32_t depth, int vectors, TileShape shape) {
#if LANES == 16
  Tile large = vectors == 1 ? tile_transposed_8x1 : tile_transposed_8x2;
  Tile small = vectors == 1 ? tile_transposed_1x1 : tile_transposed_1x2;
#else
  (void)vectors;
  Tile large = tile_transposed_4x2, small = tile_transposed_1x2;
#endif
  for (uint32_t r = 0; r < rows;) { /* r is a multiple of TILE_ROWS until the tail */
    const float *a_row = a + (size_t)(r / LINE) * depth * LINE + r % LINE;
    if (rows - r >= TILE_ROWS) {
      large(a_row, b, c + (size_t)r * LINE, depth, shape);
      r += TILE_ROWS;
    } else {
      small(a_row, b, c + (size_t)r * LINE, depth, shape);
      r++;
    }
  }
}

/* The same over the lit lines. */
static void strip_lit(const float *a, const float *b, float *c, uint32_t rows, const LitLines *lit,
                      int vectors, TileShape shape) {
#if LANES == 16
  TileLit large = vectors == 1 ? tile_lit_8x1 : tile_lit_8x2;
  TileLit small = vectors == 1 ? tile_lit_1x1 : tile_lit_1x2;
#else
  (void)vectors;
  TileLit large = tile_lit_4x2, small = tile_lit_1x2;
#endif
  for (; rows >= TILE_ROWS; rows -= TILE_ROWS, a += TILE_ROWS * LINE, c += TILE_ROWS * LINE)
    large(a, b, c, lit, shape);
  for (; rows; rows--, a += LINE, c += LINE)
    small(a, b, c, lit, shape);
}

enum { LOOKING_PAYS = 32 }; /* rows of C from which looking for lit lines costs next to nothing */

/* Collects the lines of `panels` neighbouring panels of B that are not all zero, of `depth` values of
 * k. 1 when leaving the others out is worth it. */
static int find_lit(const float *b, size_t b_panel, int panels, uint32_t depth, uint32_t a_block,
                    LitLines *lit) {
  uint32_t count = 0;
  for (uint32_t k = 0; k < depth; k++) {
    VecInt any = {0};
    for (int p = 0; p < panels; p++)
      for (int v = 0; v < VECTORS; v++)
        any |= vec_load(b + p * b_panel + (size_t)k * LINE + v * LANES) != 0.0f; /* NaN is lit */
    lit->a[count] = k / LINE * a_block + k % LINE;
    lit->b[count] = k * LINE;
    count += (uint32_t)vec_any(any);
  }
  lit->count = count;
  return count * 8 <= depth * 7;
}

static void product(const float *a, const float *b, const float *start, float *c, uint32_t rows,
                    uint32_t depth, uint32_t row_first, uint32_t row_end, uint32_t panel_first,
                    uint32_t panel_end) {
  if (row_first >= row_end)
    return;
  for (uint32_t panel = panel_first; panel < panel_end; panel++) {
    float *line = c + ((size_t)panel * rows + row_first) * LINE;
    for (uint32_t r = row_first; r < row_end; r++)
      for (int v = 0; v < VECTORS; v++, line += LANES) /* -0 begins as +0: zeros may be left out */
        vec_store(line, vec_all(start ? start[r] + 0.0f : 0.0f));
  }
  size_t a_panel = (size_t)rows * LINE, b_panel = (size_t)depth * LINE;
  for (uint32_t k = 0; k < depth; k += DEPTH_BLOCK) {
    uint32_t count = depth - k < DEPTH_BLOCK ? depth - k : DEPTH_BLOCK;
    const float *a_first = a + k / LINE * a_panel + (size_t)row_first * LINE;
    TileShape shape = {(uint32_t)a_panel, LANES, LANES};
    for (uint32_t panel = panel_first; panel < panel_end;) {
      const float *b_first = b + panel * b_panel + (size_t)k * LINE;
      float *c_first = c + ((size_t)panel * rows + row_first) * LINE;
      uint32_t height = row_end - row_first;
      int vectors = 2, panels = 1;
#if LANES == 16
      panels = vectors = panel + 1 < panel_end ? 2 : 1;
      shape.b_second = (uint32_t)b_panel;
      shape.c_second = (uint32_t)a_panel;
#endif
      LitLines lit;
      int few = height >= LOOKING_PAYS &&
                find_lit(b_first, b_panel, panels, count, (uint32_t)a_panel, &lit);
      for (int lane = 0; lane < LINE; lane += 2 * LANES) { /* one turn with 8 and 16 lanes */
        if (few)
          strip_lit(a_first, b_first + lane, c_first + lane, height, &lit, vectors, shape);
        else
          strip(a_first, b_first + lane, c_first + lane, height, count, vectors, shape);
      }
      panel += (uint32_t)panels;
    }
  }
}

static void product_transposed(const float *a, const float *b, float *c, uint32_t rows,
                               uint32_t depth, uint32_t panel_first, uint32_t panel_end) {
  size_t b_panel = (size_t)depth * LINE, c_panel = (size_t)rows * LINE;
  TileShape shape = {LINE, LANES, LANES};
  for (uint32_t panel = panel_first; panel < panel_end;) {
    const float *b_first = b + panel * b_panel;
    float *c_first = c + panel * c_panel;
#if LANES == 16
    int vectors = panel + 1 < panel_end ? 2 : 1;
    shape.b_second = (uint32_t)b_panel;
    shape.c_second = (uint32_t)c_panel;
    strip_transposed(a, b_first, c_first, rows, depth, vectors, shape);
    panel += (uint32_t)vectors;
#else
    for (int lane = 0; lane < LINE; lane += 2 * LANES)
      strip_transposed(a, b_first + lane, c_first + lane, rows, depth, 2, shape);
    panel++;
#endif
  }
}

void KERNEL(kernel_product_register)(Kernels *kernels) {
  kernels->product = product;
  kernels->product_transposed = product_transposed;
}
