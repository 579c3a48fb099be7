// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "gaussmix/types.hpp"

namespace gaussmix {

/// Numbers that start where vectors of any instruction set can be loaded from. New memory holds
/// anything: who writes it first also pays for its pages.
template <class T>
class AlignedArray {
  static_assert(std::is_trivial_v<T>);

 public:
  AlignedArray() = default;
  explicit AlignedArray(Index size) : numbers_(allocate(size)), size_(size) {}
  AlignedArray(const AlignedArray& other) : AlignedArray(other.size_) {
    std::copy_n(other.data(), size_, data());
  }
  AlignedArray(AlignedArray&& other) noexcept
      : numbers_(std::move(other.numbers_)), size_(std::exchange(other.size_, 0)) {}
  AlignedArray& operator=(AlignedArray other) noexcept {
    std::swap(numbers_, other.numbers_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~AlignedArray() = default;

  Index size() const noexcept { return size_; }
  T* data() noexcept { return numbers_.get(); }
  const T* data() const noexcept { return numbers_.get(); }
  T& operator[](Index i) noexcept { return numbers_[static_cast<std::size_t>(i)]; }
  const T& operator[](Index i) const noexcept { return numbers_[static_cast<std::size_t>(i)]; }

  /// What was there is lost where the size changes.
  void resize(Index size) {
    if (size != size_) *this = AlignedArray(size);
  }
  void fill(T value) { std::fill_n(data(), size_, value); }
  /// So many numbers, all of this value.
  void assign(Index size, T value) {
    resize(size);
    fill(value);
  }

 private:
  static constexpr std::align_val_t kAlignment{64};

  struct Free {
    void operator()(T* numbers) const noexcept { ::operator delete[](numbers, kAlignment); }
  };
  using Numbers = std::unique_ptr<T[], Free>;

  static Numbers allocate(Index size) {
    if (size == 0) return nullptr;
    const auto count = static_cast<std::size_t>(size);
    return Numbers(static_cast<T*>(::operator new[](count * sizeof(T), kAlignment)));
  }

  Numbers numbers_;
  Index size_ = 0;
};

}  // namespace gaussmix
