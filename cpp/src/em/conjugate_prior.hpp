// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <memory>

#include "covariance/families/family.hpp"
#include "em/maximize.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/statistics.hpp"

namespace gaussmix {

/// The conjugate prior of mixtures of d features: the given one, and what is not given from the
/// statistics of all rows as one component, asked where they are needed: full, or of the family's
/// form.
/// \throws std::invalid_argument for what is not as ConjugatePrior says, and what all_rows throws
std::shared_ptr<const Prior> make_conjugate_prior(const Family& family, Index n_components, Index d,
                                                  ConjugatePrior given,
                                                  const std::function<Statistics()>& all_rows);

}  // namespace gaussmix
