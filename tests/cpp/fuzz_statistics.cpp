// SPDX-License-Identifier: BSD-3-Clause
// What libFuzzer calls with bytes that it makes up, and test_fuzz_statistics with those it kept.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "gaussmix/em.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"
#include "support/little_endian.hpp"
#include "support/xxh64.hpp"

namespace gaussmix {
namespace {

// The bytes with the right hash at their end: else no change would get any further than the hash.
std::string with_right_hash(std::string bytes) {
  constexpr std::size_t kHash = sizeof(std::uint64_t);
  if (bytes.size() < kHash) return bytes;
  const std::string_view hashed(bytes.data(), bytes.size() - kHash);
  write_little_endian(xxh64({hashed}), bytes.data() + hashed.size());
  return bytes;
}

// None for statistics of no rows, of another form, or that are degenerate.
std::optional<Mixture> maximize_or_refuse(const Statistics& statistics, const char* family) {
  FitOptions options;
  options.family = family;
  try {
    return maximize(statistics, options).mixture;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

// Statistics of any numbers merge, and M-steps refuse them or make a mixture of them.
void use(const Statistics& statistics) {
  Statistics sum = statistics.scaled(0.7);
  sum.merge(statistics);
  sum.merge(statistics.of_no_rows());
  if (sum.scaled(1e300).pooled().n_components() != 1) std::abort();
  constexpr Index kFew = 500;
  const Index k = statistics.n_components(), d = statistics.n_features();
  if (k * d * d > kFew) return;
  for (const char* const family : {"full", "tied", "diag", "spherical", "VEE", "EVE", "VEI"}) {
    const auto mixture = maximize_or_refuse(sum, family);
    if (mixture && mixture->n_components() != k) std::abort();
  }
}

std::optional<Statistics> read_or_refuse(const std::string& bytes) {
  try {
    return Statistics::from_bytes(bytes);
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

// Bytes are refused with std::invalid_argument, or make statistics that have the same bytes. Any
// other exception, or a difference, ends the program.
void check(const std::string& bytes) {
  const auto statistics = read_or_refuse(bytes);
  if (!statistics) return;
  if (statistics->to_bytes() != bytes || Statistics::from_bytes(bytes) != *statistics) std::abort();
  use(*statistics);
}

}  // namespace
}  // namespace gaussmix

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  gaussmix::check(bytes);
  gaussmix::check(gaussmix::with_right_hash(bytes));
  return 0;
}
