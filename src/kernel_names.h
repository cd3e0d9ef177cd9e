/* kernel_names.h: one name per lane width for what kernel_*.c defines, so that three compilations
 * of a file link into one program. Depends on vec.h for LANES. */
#ifndef FILIGREE_KERNEL_NAMES_H
#define FILIGREE_KERNEL_NAMES_H

#include "kernels.h"
#include "vec.h"

#define KERNEL_JOIN_(name, lanes) name##_##lanes
#define KERNEL_JOIN(name, lanes) KERNEL_JOIN_(name, lanes)
#define KERNEL(name) KERNEL_JOIN(name, LANES)

/* Each kernel file fills its entries of the table. */
void KERNEL(kernel_product_register)(Kernels *kernels);
void KERNEL(kernel_weights_register)(Kernels *kernels);
void KERNEL(kernel_marked_register)(Kernels *kernels);
void KERNEL(kernel_batch_register)(Kernels *kernels);
void KERNEL(kernel_sparse_register)(Kernels *kernels);

#endif
