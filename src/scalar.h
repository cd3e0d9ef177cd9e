/* scalar.h: exp, log, power, cosine and square root of one double, from +, -, *, / and bit
 * operations only: the same bits on every machine. Accurate to a few units in the last place.
 * Not the vector versions (vector_math.h). Depends on nothing. */
#ifndef FILIGREE_SCALAR_H
#define FILIGREE_SCALAR_H

/* e^x; 0 below -708, infinity above 709.7, NaN for NaN. */
double scalar_exp(double x);

/* Natural logarithm; -infinity at 0, NaN below 0 and for NaN, infinity for infinity. */
double scalar_log(double x);

/* ln(1 + x) without the loss of digits near 0; -infinity at -1, NaN below -1 and for NaN. */
double scalar_log1p(double x);

/* x^power for x >= 0 as exp(power ln x): 0 for x = 0 and power > 0, 1 for power = 0. Its relative
 * error grows with the exponent: below (2 + 2 |power ln x|) * 2^-52. */
double scalar_power(double x, double power);

/* cos(2 pi t), t in turns, any finite t; NaN otherwise. */
double scalar_cos_turn(double turns);

/* sin(2 pi t), t in turns, any finite t; NaN otherwise. */
double scalar_sin_turn(double turns);

/* IEEE square root (correctly rounded by the hardware everywhere). */
double scalar_sqrt(double x);

#endif
