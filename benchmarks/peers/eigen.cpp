// SPDX-License-Identifier: BSD-3-Clause
// What a machine can do at most, by Eigen: matrix products, and exponentials.
#include <omp.h>

#include <Eigen/Core>
#include <string>

extern "C" const char* version() {
  static const std::string text = std::to_string(EIGEN_WORLD_VERSION) + "." +
                                  std::to_string(EIGEN_MAJOR_VERSION) + "." +
                                  std::to_string(EIGEN_MINOR_VERSION);
  return text.c_str();
}

// c = a b, `times` over; all size x size.
extern "C" void multiply(const double* a, const double* b, double* c, long size, int times,
                         int n_threads) {
  Eigen::setNbThreads(n_threads);
  const Eigen::Map<const Eigen::MatrixXd> left(a, size, size), right(b, size, size);
  Eigen::Map<Eigen::MatrixXd> product(c, size, size);
  for (int i = 0; i < times; ++i) product.noalias() = left * right;
}

// The exponentials of `count` numbers, in blocks that stay in the first cache. Returns their sum,
// so that they are computed.
extern "C" double exponentials(long count, int n_threads) {
  constexpr long kBlock = 1024;
  const long blocks = (count + kBlock - 1) / kBlock;
  double sum = 0.0;
#pragma omp parallel num_threads(n_threads) reduction(+ : sum)
  {
    const Eigen::ArrayXd values = Eigen::ArrayXd::LinSpaced(kBlock, -20.0, 0.0);
    Eigen::ArrayXd results(kBlock);
#pragma omp for schedule(static)
    for (long block = 0; block < blocks; ++block) {
      results = (values - 1e-9 * double(block)).exp();
      sum += results[block % kBlock];
    }
  }
  return sum;
}
