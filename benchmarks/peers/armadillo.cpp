// SPDX-License-Identifier: BSD-3-Clause
// EM of Armadillo's gmm_full and gmm_diag, from given parameters.
#define ARMA_DONT_PRINT_ERRORS
#include <omp.h>

#include <algorithm>
#include <armadillo>
#include <string>

namespace {

arma::mat view(const double* data, arma::uword rows, arma::uword columns) {
  return arma::mat(const_cast<double*>(data), rows, columns, false, true);
}

template <class Mixture>
bool learn(Mixture& mixture, const arma::mat& x, int n_iterations) {
  // No k-means; the floor of the variances is the library's default.
  return mixture.learn(x, mixture.n_gaus(), arma::eucl_dist, arma::keep_existing, 0,
                       arma::uword(n_iterations), 1e-10, false);
}

}  // namespace

extern "C" const char* version() {
  static const std::string text = arma::arma_version::as_string();
  return text.c_str();
}

// x: n x d, weights: k, means: k x d, covariances: k x d x d or, if diagonal, k x d; all row-major.
// The parameters are those of the start, and in the end those of the fit. Returns 0 for a failure.
extern "C" int fit(const double* x, long n, long d, long k, int diagonal, int n_iterations,
                   int n_threads, double* weights, double* means, double* covariances) {
  omp_set_num_threads(n_threads);
  const arma::uword rows = arma::uword(n), features = arma::uword(d), components = arma::uword(k);
  const arma::mat data = view(x, features, rows);
  const arma::rowvec hefts(weights, components);
  const arma::mat centres = view(means, features, components);
  if (diagonal) {
    arma::gmm_diag mixture;
    mixture.set_params(centres, view(covariances, features, components), hefts);
    if (!learn(mixture, data, n_iterations)) return 0;
    std::copy(mixture.hefts.begin(), mixture.hefts.end(), weights);
    std::copy(mixture.means.begin(), mixture.means.end(), means);
    std::copy(mixture.dcovs.begin(), mixture.dcovs.end(), covariances);
    return 1;
  }
  arma::gmm_full mixture;
  mixture.set_params(centres, arma::cube(covariances, features, features, components), hefts);
  if (!learn(mixture, data, n_iterations)) return 0;
  std::copy(mixture.hefts.begin(), mixture.hefts.end(), weights);
  std::copy(mixture.means.begin(), mixture.means.end(), means);
  std::copy(mixture.fcovs.begin(), mixture.fcovs.end(), covariances);
  return 1;
}
