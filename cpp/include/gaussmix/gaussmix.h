/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef GAUSSMIX_H
#define GAUSSMIX_H

/**
 * gaussmix for C: a Gaussian mixture, and predictors that score rows under it.
 *
 * Every function that can fail returns a status; gaussmix_error_message() says more. What a
 * function makes goes through its last argument, which is left alone on failure, and belongs to the
 * caller, who frees it. NULL where an object or array is needed is GAUSSMIX_INVALID_ARGUMENT. No
 * C++ exception leaves a function.
 *
 * Arrays are row-major. The shape of covariances and precisions_cholesky depends on the covariance
 * type, with k components and d features.
 *
 * A mixture of a model file may have a noise component besides its k components: a row then has
 * k + 1 responsibilities, the last for the noise, and the label -1 where that one is the largest.
 */

#include <stddef.h>

#include "gaussmix/export.h"
#include "gaussmix/version.hpp"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gaussmix_status {
  GAUSSMIX_OK = 0,
  GAUSSMIX_INVALID_ARGUMENT = 1,
  GAUSSMIX_OUT_OF_MEMORY = 2,
  GAUSSMIX_INTERNAL_ERROR = 3, /**< a defect of gaussmix; please report it */
  GAUSSMIX_IO_ERROR = 4,       /**< a file cannot be read */
  GAUSSMIX_INVALID_FILE = 5    /**< no model file, damaged, or of an unknown version */
} gaussmix_status;

typedef enum gaussmix_covariance_type {
  GAUSSMIX_FULL = 0,     /**< k x d x d: a matrix for each component */
  GAUSSMIX_TIED = 1,     /**< d x d: one matrix for all */
  GAUSSMIX_DIAG = 2,     /**< k x d: a variance for each feature of each component */
  GAUSSMIX_SPHERICAL = 3 /**< k: a variance for each component */
} gaussmix_covariance_type;

/** The type of the rows that a mixture scores, and of the results. */
typedef enum gaussmix_scalar_type {
  GAUSSMIX_FLOAT32 = 0,
  GAUSSMIX_FLOAT64 = 1
} gaussmix_scalar_type;

/** An immutable mixture. Any number of threads may use one at once. */
typedef struct gaussmix_mixture gaussmix_mixture;

/** A mixture prepared for scoring, with a workspace: one thread at a time may use it. */
typedef struct gaussmix_predictor gaussmix_predictor;

/** The version of the library that runs; GAUSSMIX_VERSION is that of this header. */
GAUSSMIX_EXPORT const char* gaussmix_version(void);

/** What was wrong in the last call of this thread that failed: a sentence, "" if none has. It lasts
    until the next failure of the thread. */
GAUSSMIX_EXPORT const char* gaussmix_error_message(void);

/**
 * Makes a mixture from its parameters, which are copied.
 *
 * @param n_components k, at least 1.
 * @param n_features d, at least 1.
 * @param weights k numbers, at least 0, that sum to 1 within 1e-5.
 * @param means k x d finite numbers.
 * @param covariances symmetric and positive definite; or NULL, if precisions_cholesky is not.
 * @param precisions_cholesky upper triangular U with U U^T = covariance^-1 (diag, spherical: the
 *   square roots of the precisions), in the shape of the covariances; or NULL. With both, both are
 *   taken as given. Scores come from these: with those of a fit, they have the bits of the fit's.
 * @param scalar_type GAUSSMIX_FLOAT32 rounds all parameters to float.
 */
GAUSSMIX_EXPORT gaussmix_status gaussmix_mixture_create(
    gaussmix_covariance_type covariance_type, gaussmix_scalar_type scalar_type, size_t n_components,
    size_t n_features, const double* weights, const double* means, const double* covariances,
    const double* precisions_cholesky, gaussmix_mixture** mixture);

/** Loads the mixture of a model file, which GaussianMixture.save of Python or save_model of C++
   wrote. It has the bits of the one that was saved, and so have its scores. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_mixture_load(const char* path, gaussmix_mixture** mixture);

/** The same from the `size` bytes of a model file, at any address. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_mixture_load_bytes(const void* bytes, size_t size,
                                                            gaussmix_mixture** mixture);

/** Frees a mixture; NULL does nothing. Predictors made from it live on. */
GAUSSMIX_EXPORT void gaussmix_mixture_free(gaussmix_mixture* mixture);

/* The sizes and types of a mixture, which must not be NULL. */
GAUSSMIX_EXPORT size_t gaussmix_mixture_n_components(const gaussmix_mixture* mixture);
GAUSSMIX_EXPORT size_t gaussmix_mixture_n_features(const gaussmix_mixture* mixture);
/** How many responsibilities a row has: k, or k + 1 with a noise component. */
GAUSSMIX_EXPORT size_t gaussmix_mixture_n_columns(const gaussmix_mixture* mixture);
GAUSSMIX_EXPORT gaussmix_covariance_type
gaussmix_mixture_covariance_type(const gaussmix_mixture* mixture);
GAUSSMIX_EXPORT gaussmix_scalar_type gaussmix_mixture_scalar_type(const gaussmix_mixture* mixture);

/** Prepares a mixture for scoring. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_predictor_create(const gaussmix_mixture* mixture,
                                                          gaussmix_predictor** predictor);

/** Makes a predictor for another thread: it shares what was prepared, not the workspace. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_predictor_copy(const gaussmix_predictor* predictor,
                                                        gaussmix_predictor** copy);

/** Frees a predictor; NULL does nothing. */
GAUSSMIX_EXPORT void gaussmix_predictor_free(gaussmix_predictor* predictor);

/*
 * Scores n_rows rows of d numbers, which lie `stride` numbers apart (at least d where there are
 * several rows). Functions for double score mixtures of GAUSSMIX_FLOAT64, those for float (_f32)
 * mixtures of GAUSSMIX_FLOAT32; the other is GAUSSMIX_INVALID_ARGUMENT.
 *
 * A single row takes the least time: no memory is allocated, no lock taken. Rows are computed on
 * the calling thread, and each gets the same bits, singly or among others.
 *
 * Rows are meant to be finite, and nothing checks that they are. A row so far away that every
 * density is zero, or with a NaN or an infinity, has the log-density minus infinity, the same
 * responsibility for each component, and label 0; with a noise component it is noise.
 */

/** out: n_rows logarithms of the mixture's density. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_log_density(gaussmix_predictor* predictor,
                                                     const double* rows, size_t n_rows,
                                                     size_t stride, double* out);
GAUSSMIX_EXPORT gaussmix_status gaussmix_log_density_f32(gaussmix_predictor* predictor,
                                                         const float* rows, size_t n_rows,
                                                         size_t stride, float* out);

/** out: n_rows x gaussmix_mixture_n_columns, each row's logarithms of the responsibilities. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_log_responsibilities(gaussmix_predictor* predictor,
                                                              const double* rows, size_t n_rows,
                                                              size_t stride, double* out);
GAUSSMIX_EXPORT gaussmix_status gaussmix_log_responsibilities_f32(gaussmix_predictor* predictor,
                                                                  const float* rows, size_t n_rows,
                                                                  size_t stride, float* out);

/** out: n_rows x gaussmix_mixture_n_columns responsibilities; each row sums to 1. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_responsibilities(gaussmix_predictor* predictor,
                                                          const double* rows, size_t n_rows,
                                                          size_t stride, double* out);
GAUSSMIX_EXPORT gaussmix_status gaussmix_responsibilities_f32(gaussmix_predictor* predictor,
                                                              const float* rows, size_t n_rows,
                                                              size_t stride, float* out);

/** out: n_rows labels, from 0: the component with the largest responsibility, the first of equals;
    -1 for the noise. */
GAUSSMIX_EXPORT gaussmix_status gaussmix_predict(gaussmix_predictor* predictor, const double* rows,
                                                 size_t n_rows, size_t stride, ptrdiff_t* out);
GAUSSMIX_EXPORT gaussmix_status gaussmix_predict_f32(gaussmix_predictor* predictor,
                                                     const float* rows, size_t n_rows,
                                                     size_t stride, ptrdiff_t* out);

#ifdef __cplusplus
}
#endif

#endif
