// SPDX-License-Identifier: BSD-3-Clause
#include "em/conjugate_prior.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <vector>

#include "covariance/linalg/factor.hpp"
#include "covariance/linalg/symmetric.hpp"
#include "support/require.hpp"

namespace gaussmix {
namespace {

using Kind = CovarianceLayout::Kind;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// What one covariance of the family is. Of one feature, all are the same.
Kind kind_of(const Family& family, Index d) {
  return d == 1 ? Kind::scalar : CovarianceLayout::of({family.type(), 1, d}).kind;
}

bool is_shared(const Family& family, Index d) {
  return family.n_parameters(2, d) == family.n_parameters(1, d);
}

// The scale as a scatter of the form. Of a spherical family it is a sum over the features.
std::vector<double> scatter_of(const std::vector<double>& scale, Kind kind, ScatterForm form,
                               Index d) {
  if (kind == Kind::matrix && form != ScatterForm::diagonal) return scale;
  const Index step = form == ScatterForm::diagonal ? 1 : d + 1;
  std::vector<double> scatter(size_t(form == ScatterForm::diagonal ? d : d * d), 0.0);
  const double part = kind == Kind::scalar ? static_cast<double>(d) : 1.0;
  for (Index c = 0; c < d; ++c) {
    scatter[size_t(c * step)] = scale[scale.size() == 1 ? 0 : size_t(c)] / part;
  }
  return scatter;
}

// R with R R^T = a matrix that is positive semidefinite.
Eigen::MatrixXd root_of(const std::vector<double>& matrix, Index d) {
  const Eigen::LDLT<Eigen::MatrixXd> ldlt(Eigen::Map<const Eigen::MatrixXd>(matrix.data(), d, d));
  const Eigen::MatrixXd lower = ldlt.matrixL();
  const Eigen::VectorXd roots = ldlt.vectorD().cwiseMax(0.0).cwiseSqrt();
  return ldlt.transpositionsP().transpose() * (lower * roots.asDiagonal());
}

// The defaults of mclust's defaultPrior: the variance divided by k^(2/d), which for matrices is the
// covariance of the rows if they are more than the features. The weights of rows are repetitions;
// where they sum to less than two, half the sum is what remains after one is taken away.
std::vector<double> default_scale(const Statistics& all, Kind kind, Index k) {
  const Index d = all.n_features();
  const double rows = all.row_weight(), one = std::ldexp(1.0, -all.unit_exponent());
  const double factor = std::pow(static_cast<double>(k), -2.0 / static_cast<double>(d)) /
                        std::max(rows - one, 0.5 * rows);
  if (kind != Kind::matrix) {
    const Index step = all.form() == ScatterForm::diagonal ? 1 : d + 1;
    double sum = 0.0;
    for (Index c = 0; c < d; ++c) sum += all.scatter(0)[c * step] / (1.0 / factor);
    return {sum / static_cast<double>(d)};
  }
  std::vector<double> scale(size_t(d * d));
  divide_symmetric(all.scatter(0), 1.0 / factor, d, 0.0, scale.data());
  const bool enough = rows > one * static_cast<double>(d);
  for (Index i = 0; i < d * d && !enough; ++i) {
    if (i % (d + 1) != 0) scale[size_t(i)] = 0.0;
  }
  return scale;
}

bool all_finite(const std::vector<double>& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](double x) { return std::isfinite(x); });
}

bool is_positive(const std::vector<double>& scale, Kind kind, Index d) {
  if (kind != Kind::matrix) {
    return std::all_of(scale.begin(), scale.end(), [](double x) { return x > 0.0; });
  }
  const Eigen::Map<const RowMajor> matrix(scale.data(), d, d);
  std::vector<double> factor(scale.size());
  return matrix == matrix.transpose() && factor_covariance(kind, d, scale.data(), factor.data());
}

void validate(const ConjugatePrior& given, Kind kind, Index d) {
  require(given.shrinkage >= 0.0 && std::isfinite(given.shrinkage),
          "prior.shrinkage must be at least 0 and finite");
  require(
      given.mean.empty() || (static_cast<Index>(given.mean.size()) == d && all_finite(given.mean)),
      "prior.mean must be n_features finite numbers, or none");
  const double least = kind == Kind::matrix ? static_cast<double>(d - 1) : 0.0;
  require(!given.dof || (*given.dof > least && std::isfinite(*given.dof)),
          "prior.dof must be finite and greater than 0, for matrices than n_features - 1");
  const auto size = static_cast<Index>(given.scale.size());
  const bool fits =
      size == 0 ||
      (kind == Kind::matrix ? size == d * d : size == 1 || (kind == Kind::vector && size == d));
  require(fits && all_finite(given.scale) && (size == 0 || is_positive(given.scale, kind, d)),
          "prior.scale must be positive and have the family's shape, or none");
}

// The conjugate prior of Fraley and Raftery (2007): given its covariance, the mean of a component
// is normal, N(mean, Sigma_j / shrinkage), and the covariance is inverse Wishart; the variances of
// diagonal and spherical families are inverse gamma. Up to a constant, its log-density is
//     -1/2 sum_j (e log |Sigma_j| + tr(Sigma_j^-1 L)
//                 + shrinkage (mu_j - mean)^T Sigma_j^-1 (mu_j - mean)),
// which is that of `shrinkage` rows at `mean` in each component, and of a scatter L that counts as
// e - shrinkage further ones for covariances alone. So a family maximises it by the M-step that it
// has. A component with a covariance of its own has a prior of its own; where all share one
// covariance, they share the one of the covariance, and each brings a k-th of it.
class NormalInverseWishart final : public Prior {
 public:
  // \param given complete, and as ConjugatePrior says for the family
  NormalInverseWishart(const Family& family, Index n_features, const ConjugatePrior& given);

  void add_to(Statistics& statistics) const override;
  double count(Index n_components) const override;
  double log_density(const Mixture& mixture) const override;

 private:
  // The part of a covariance's prior that one of k components brings.
  double share(Index k) const { return shared_ ? 1.0 / static_cast<double>(k) : 1.0; }
  // The sum of the squares of U^T R, with R R^T = L; factor is U.
  double trace(CovarianceLayout::Kind kind, const double* factor) const;
  double squared_distance(CovarianceLayout::Kind kind, const double* mean,
                          const double* factor) const;

  bool shared_;
  double shrinkage_, of_covariance_;    // e is the latter, but for what comes with the mean
  std::vector<double> mean_, scatter_;  // the scatter L in the family's form
  Eigen::MatrixXd root_;                // R where the scatter is a matrix
};

NormalInverseWishart::NormalInverseWishart(const Family& family, Index n_features,
                                           const ConjugatePrior& given)
    : shared_(is_shared(family, n_features)), shrinkage_(given.shrinkage), mean_(given.mean) {
  const Kind kind = kind_of(family, n_features);
  const auto d = static_cast<double>(n_features);
  // |Sigma|^(-(dof + d + 1) / 2) is in the inverse Wishart density, with d = 1 for the inverse
  // gamma density of a variance; that of a spherical covariance is 1 / d of its log-determinant.
  of_covariance_ = kind == Kind::matrix ? *given.dof + d + 1.0
                                        : (*given.dof + 2.0) / (kind == Kind::scalar ? d : 1.0);
  scatter_ = scatter_of(given.scale, kind, family.scatter_form(), n_features);
  if (family.scatter_form() != ScatterForm::diagonal) root_ = root_of(scatter_, n_features);
}

// The normal density of a mean has |Sigma|^(-1/2) as a row has, if it is not flat.
double NormalInverseWishart::count(Index n_components) const {
  return of_covariance_ * share(n_components) + (shrinkage_ > 0.0 ? 1.0 : 0.0);
}

void NormalInverseWishart::add_to(Statistics& statistics) const {
  std::vector<double> scatter = scatter_;
  for (double& number : scatter) number *= share(statistics.n_components());
  for (Index j = 0; j < statistics.n_components(); ++j) {
    statistics.add_to_moments(j, shrinkage_, mean_.data(), scatter.data());
  }
}

double NormalInverseWishart::trace(Kind kind, const double* factor) const {
  const auto d = static_cast<Index>(mean_.size());
  if (kind == Kind::matrix) {
    const Eigen::Map<const RowMajor> u(factor, d, d);
    return (u.transpose().triangularView<Eigen::Lower>() * root_).squaredNorm();
  }
  double sum = 0.0;
  for (Index c = 0; c < d; ++c) {
    const double u = factor[kind == Kind::vector ? c : 0];
    sum += u * u * scatter_[size_t(c)];
  }
  return sum;
}

double NormalInverseWishart::squared_distance(Kind kind, const double* mean,
                                              const double* factor) const {
  const auto d = static_cast<Index>(mean_.size());
  const Eigen::VectorXd z = Eigen::Map<const Eigen::VectorXd>(mean, d) -
                            Eigen::Map<const Eigen::VectorXd>(mean_.data(), d);
  if (kind == Kind::scalar) return factor[0] * factor[0] * z.squaredNorm();
  if (kind == Kind::vector) {
    return z.cwiseProduct(Eigen::Map<const Eigen::VectorXd>(factor, d)).squaredNorm();
  }
  const Eigen::Map<const RowMajor> u(factor, d, d);
  return (u.transpose().triangularView<Eigen::Lower>() * z).squaredNorm();
}

double NormalInverseWishart::log_density(const Mixture& mixture) const {
  const Index k = mixture.n_components(), d = mixture.n_features();
  const auto layout = CovarianceLayout::of(mixture.shape());
  double sum = 0.0;
  double of_block = 0.0;  // what comes of a covariance alone
  for (Index j = 0; j < k; ++j) {
    const double* const factor = mixture.precisions_cholesky().data() + layout.offset(j);
    if (j < layout.blocks) {
      of_block = count(k) * log_determinant(layout.kind, d, factor) -
                 0.5 * share(k) * trace(layout.kind, factor);
    }
    sum += of_block;
    if (shrinkage_ > 0.0) {
      const double* const mean = mixture.means().data() + j * d;
      sum -= 0.5 * shrinkage_ * squared_distance(layout.kind, mean, factor);
    }
  }
  return sum;
}

}  // namespace

std::shared_ptr<const Prior> make_conjugate_prior(const Family& family, Index n_components, Index d,
                                                  ConjugatePrior given,
                                                  const std::function<Statistics()>& all_rows) {
  const Kind kind = kind_of(family, d);
  validate(given, kind, d);
  if (!given.dof) given.dof = static_cast<double>(d + 2);
  if (given.mean.empty() || given.scale.empty()) {
    const Statistics all = all_rows();
    if (given.mean.empty()) given.mean = all.mean(0);
    if (given.scale.empty()) given.scale = default_scale(all, kind, n_components);
  }
  return std::make_shared<const NormalInverseWishart>(family, d, given);
}

}  // namespace gaussmix
