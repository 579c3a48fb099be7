// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "gaussmix/mixture.hpp"
#include "gaussmix/statistics.hpp"

namespace gaussmix {

/// Where the statistics of an E-step come from: rows in memory, batches, other machines.
class Engine {
 public:
  Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;
  virtual ~Engine() = default;

  /// A start of EM begins or goes on: what the engine remembers of E-steps is of another.
  virtual void begin() {}

  /// The statistics of all rows under a mixture. What is returned is the caller's to read until the
  /// next call.
  /// \throws Interrupted
  virtual const Statistics& expect(const Mixture& mixture) = 0;
};

}  // namespace gaussmix
