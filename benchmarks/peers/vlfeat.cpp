// SPDX-License-Identifier: BSD-3-Clause
// EM of VLFeat, which knows diagonal covariances alone, from given parameters.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstring>
extern "C" {
#include <vl/generic.h>
#include <vl/gmm.h>
}

namespace {

// VLFeat ends when the log-likelihood changes by less than a relative 1e-5. How many iterations it
// took it only prints.
int last_iteration = 0;

int count(const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char line[512];
  const int length = std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (const char* const found = std::strstr(line, "iteration ")) {
    std::sscanf(found, "iteration %d", &last_iteration);
  }
  return length;
}

}  // namespace

extern "C" const char* version() { return VL_VERSION_STRING; }

// x: n x d, weights: k, means and covariances: k x d; all row-major. The parameters are those of
// the start, and in the end those of the fit. Returns the number of iterations.
extern "C" int fit(const double* x, long n, long d, long k, int n_iterations, int n_threads,
                   double* weights, double* means, double* covariances) {
  vl_set_num_threads(vl_size(n_threads));
  vl_set_printf_func(count);
  last_iteration = 0;
  VlGMM* const gmm = vl_gmm_new(VL_TYPE_DOUBLE, vl_size(d), vl_size(k));
  vl_gmm_set_priors(gmm, weights);
  vl_gmm_set_means(gmm, means);
  vl_gmm_set_covariances(gmm, covariances);
  vl_gmm_set_max_num_iterations(gmm, vl_size(n_iterations));
  vl_gmm_set_verbosity(gmm, 1);
  vl_gmm_em(gmm, x, vl_size(n));
  std::copy_n(static_cast<const double*>(vl_gmm_get_priors(gmm)), k, weights);
  std::copy_n(static_cast<const double*>(vl_gmm_get_means(gmm)), k * d, means);
  std::copy_n(static_cast<const double*>(vl_gmm_get_covariances(gmm)), k * d, covariances);
  vl_gmm_delete(gmm);
  return last_iteration;
}
