// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "accumulate.hpp"
#include "seeding/prepared_rows.hpp"

namespace gaussmix {

/// How many candidates a start has. EM goes on from the most promising one (emEM: Biernacki,
/// Celeux, Govaert 2003). With k-means, every start after the first has several: k-means that is
/// run to its end finds the same few partitions again and again, and restarts are for others.
std::uint32_t n_candidates(InitParams init_params, std::uint32_t start);

/// Where the starts of a fit come from.
template <class T>
class Starts {
 public:
  Starts(Execution& execution, const Dataset<T>& data, Index k, InitParams init_params,
         std::uint64_t seed)
      : execution_(execution), data_(data), k_(k), init_params_(init_params), seed_(seed) {}

  std::unique_ptr<const ResponsibilitySource<T>> first_responsibilities(std::uint32_t start,
                                                                        std::uint32_t candidate);

 private:
  const PreparedRows<T>& prepared();

  Execution& execution_;
  const Dataset<T>& data_;
  Index k_;
  InitParams init_params_;
  std::uint64_t seed_;
  std::optional<PreparedRows<T>> prepared_;
};

}  // namespace gaussmix
