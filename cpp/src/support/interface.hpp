// SPDX-License-Identifier: BSD-3-Clause
#pragma once

namespace gaussmix {

/// A base of classes that are used by reference alone.
class Interface {
 public:
  Interface() = default;
  Interface(const Interface&) = delete;
  Interface& operator=(const Interface&) = delete;
  virtual ~Interface() = default;
};

}  // namespace gaussmix
