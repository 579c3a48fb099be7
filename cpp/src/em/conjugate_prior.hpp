// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "covariance/families/family.hpp"
#include "em/maximize.hpp"
#include "gaussmix/fit.hpp"
#include "rows/dataset.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The conjugate prior of a family's mixtures: the given one, and what is not given from the data.
/// \throws std::invalid_argument for what is not as ConjugatePrior says, Interrupted
template <class T>
std::shared_ptr<const Prior> make_conjugate_prior(Execution& execution, const Dataset<T>& data,
                                                  const Family& family, Index n_components,
                                                  ConjugatePrior given);

}  // namespace gaussmix
