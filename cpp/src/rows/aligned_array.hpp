// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// Numbers that start where vectors of any instruction set can be loaded from. New memory holds
/// anything: the thread that writes it first also pays for its pages. One that was moved from may
/// only be assigned to.
template <class T>
class AlignedArray {
  static_assert(std::is_trivial_v<T>);

 public:
  AlignedArray() = default;
  explicit AlignedArray(Index size)
      : numbers_(static_cast<T*>(::operator new[](size_t(size) * sizeof(T), kAlignment))),
        size_(size) {}

  Index size() const noexcept { return size_; }
  T* data() noexcept { return numbers_.get(); }
  const T* data() const noexcept { return numbers_.get(); }
  T& operator[](Index i) noexcept { return numbers_[static_cast<std::size_t>(i)]; }
  const T& operator[](Index i) const noexcept { return numbers_[static_cast<std::size_t>(i)]; }

  /// The numbers are lost where the size changes.
  void resize(Index size) {
    if (size != size_) *this = AlignedArray(size);
  }
  void fill(T value) { std::fill_n(data(), size_, value); }
  /// `size` numbers, all of this value.
  void assign(Index size, T value) {
    resize(size);
    fill(value);
  }

 private:
  static constexpr std::align_val_t kAlignment{64};

  struct Free {
    void operator()(T* numbers) const noexcept { ::operator delete[](numbers, kAlignment); }
  };
  std::unique_ptr<T[], Free> numbers_;
  Index size_ = 0;
};

}  // namespace gaussmix
