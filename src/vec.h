/* vec.h: a float vector of LANES lanes (4, 8 or 16) on the compiler's vector extensions. One source
 * for WebAssembly simd128, SSE, AVX2, AVX-512 and NEON. Every operation is IEEE single precision,
 * lane by lane, so that the bits do not depend on LANES. Not a place for sums across lanes
 * (line_sum below is the only one, with one order for all widths). Depends on nothing. */
#ifndef FILIGREE_VEC_H
#define FILIGREE_VEC_H

#include <stdint.h>

#ifndef LANES
#define LANES 4
#endif

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

/* A line is 16 floats, 64 bytes: what one row of a panel holds (panel.h). */
enum { LINE = 16, VECTORS = LINE / LANES };

typedef float Vec __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t VecInt __attribute__((vector_size(4 * LANES), may_alias));

/* Loops with constant bounds that must vanish, above all where an array stands for registers. Sanitizers' builds
 * define it as nothing: every check would be unrolled as well, which takes the compiler half a minute. */
#if defined(UNROLL)
#elif defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

#define INLINE static inline __attribute__((always_inline, unused))

/* Pointers are aligned to 4 * LANES bytes. */
INLINE Vec vec_load(const float *from) { return *(const Vec *)from; }
INLINE void vec_store(float *to, Vec x) { *(Vec *)to = x; }
INLINE VecInt vec_load_int(const int32_t *from) { return *(const VecInt *)from; }
INLINE Vec vec_all(float x) { return x - (Vec){0}; /* broadcast; x - 0 keeps every x, -0 too */ }
INLINE VecInt vec_all_int(int32_t x) { return x - (VecInt){0}; }
INLINE VecInt vec_bits(Vec x) { return (VecInt)x; }
INLINE Vec vec_from_bits(VecInt x) { return (Vec)x; }

/* A comparison's result (lanes 0 or -1) as it is: LLVM would make a choice between three operands, three
 * instructions of x86, of every `and` with it. */
INLINE VecInt vec_mask(VecInt mask) {
#if defined(__wasm_simd128__)
  __asm__("" : "+r"(mask));
#endif
  return mask;
}

/* Lane by lane: mask ? a : b; mask lanes are 0 or -1 (a comparison's result). */
INLINE Vec vec_select(VecInt mask, Vec a, Vec b) {
  mask = vec_mask(mask);
  return (Vec)((mask & (VecInt)a) | (~mask & (VecInt)b));
}
/* mask ? a : +0. */
INLINE Vec vec_keep(VecInt mask, Vec a) { return (Vec)(vec_mask(mask) & (VecInt)a); }
/* mask ? +0 : a. */
INLINE Vec vec_drop(VecInt mask, Vec a) { return (Vec)(~vec_mask(mask) & (VecInt)a); }
INLINE Vec vec_absolute(Vec x) { return (Vec)((VecInt)x & 0x7FFFFFFF); }
/* The sign bit of `sign` on the magnitude of `x` >= 0. */
INLINE Vec vec_with_sign(Vec x, Vec sign) {
  return (Vec)((VecInt)x | ((VecInt)sign & (int32_t)0x80000000));
}
/* a > b ? a : b; b when either is NaN. */
INLINE Vec vec_larger(Vec a, Vec b) {
#if defined(__wasm_simd128__)
  return (Vec)wasm_f32x4_pmax((v128_t)b, (v128_t)a);
#else
  return vec_select(a > b, a, b);
#endif
}
/* a < b ? a : b; b when either is NaN. */
INLINE Vec vec_smaller(Vec a, Vec b) {
#if defined(__wasm_simd128__)
  return (Vec)wasm_f32x4_pmin((v128_t)b, (v128_t)a);
#else
  return vec_select(a < b, a, b);
#endif
}

INLINE Vec vec_sqrt(Vec x) {
#if defined(__wasm_simd128__)
  return (Vec)wasm_f32x4_sqrt((v128_t)x);
#elif defined(__x86_64__) && LANES == 16
  return (Vec)_mm512_sqrt_ps((__m512)x);
#elif defined(__x86_64__) && LANES == 8
  return (Vec)_mm256_sqrt_ps((__m256)x);
#elif defined(__x86_64__) && LANES == 4
  return (Vec)_mm_sqrt_ps((__m128)x);
#elif defined(__aarch64__)
  return (Vec)vsqrtq_f32((float32x4_t)x);
#else
  for (int lane = 0; lane < LANES; lane++)
    x[lane] = __builtin_sqrtf(x[lane]);
  return x;
#endif
}

/* 1 when any lane of a mask is set. */
INLINE int vec_any(VecInt mask) {
#if defined(__wasm_simd128__)
  return wasm_v128_any_true((v128_t)mask);
#elif defined(__x86_64__) && LANES == 16
  return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__x86_64__) && LANES == 8
  return _mm256_movemask_ps((__m256)mask) != 0;
#elif defined(__x86_64__) && LANES == 4
  return _mm_movemask_ps((__m128)mask) != 0;
#else
  int32_t any = 0;
  for (int lane = 0; lane < LANES; lane++)
    any |= mask[lane];
  return any != 0;
#endif
}

/* Bit k: lane k of a mask is set. */
INLINE unsigned vec_lanes(VecInt mask) {
#if defined(__wasm_simd128__)
  return (unsigned)wasm_i32x4_bitmask((v128_t)mask);
#elif defined(__x86_64__) && LANES == 16
  return (unsigned)_mm512_test_epi32_mask((__m512i)mask, (__m512i)mask);
#elif defined(__x86_64__) && LANES == 8
  return (unsigned)_mm256_movemask_ps((__m256)mask);
#elif defined(__x86_64__) && LANES == 4
  return (unsigned)_mm_movemask_ps((__m128)mask);
#else
  unsigned lanes = 0;
  for (int lane = 0; lane < LANES; lane++)
    lanes |= (unsigned)(mask[lane] & 1) << lane;
  return lanes;
#endif
}

/* The sum of one line of 16 partial sums, in one order for every LANES:
 * ((l0+l8)+(l4+l12)) + ((l2+l10)+(l6+l14)) + the same of the odd ones. */
INLINE float line_sum(const float *line) {
  float eight[8], four[4];
  for (int k = 0; k < 8; k++)
    eight[k] = line[k] + line[k + 8];
  for (int k = 0; k < 4; k++)
    four[k] = eight[k] + eight[k + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

#endif
