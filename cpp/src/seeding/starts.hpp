// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>

#include "accumulate.hpp"

namespace gaussmix {

/// Which of the first responsibilities that a seed gives: candidate c of start i.
struct StartNumber {
  std::uint64_t seed = 0;
  std::uint32_t start = 0, candidate = 0;
};

/// How many candidates a start has. EM goes on from the most promising one (emEM: Biernacki,
/// Celeux, Govaert 2003). With k-means, every start after the first has several: k-means that is
/// run to its end finds the same few partitions again and again, and restarts are for others.
std::uint32_t n_candidates(InitParams init_params, std::uint32_t start);

/// The first responsibilities that InitParams asks for; they depend on the data and `number` alone.
/// k-means: for start 0 the labels of the best of several k-means; for others those of the nearest
/// of k rows that k-means++ picks.
/// \throws Interrupted
template <class T>
std::unique_ptr<const ResponsibilitySource<T>> first_responsibilities(Execution& execution,
                                                                      const Dataset<T>& data,
                                                                      Index k,
                                                                      InitParams init_params,
                                                                      const StartNumber& number);

}  // namespace gaussmix
