// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <limits>

#include "densities/distances.hpp"
#include "densities/kernel.hpp"
#include "densities/triangles.hpp"

namespace gaussmix {
namespace {

// |U^T (x - mu)|^2, with rows as vector lanes. Differences are taken first, so the error does not
// grow with the distance from the origin. A panel's products stay in registers: they are squared
// and summed as soon as they are complete.
template <class T>
class TriangularKernel : public Kernel<T> {
 public:
  TriangularKernel(const Densities& densities, int n_threads)
      : components_(densities),
        factors_(densities.factors, densities.layout.blocks, densities.features, n_threads),
        shared_(densities.layout.shared) {}

  // For x - mu_j.
  Index scratch_size(Index /*stride*/) const override {
    return components_.features * Factors::kRows;
  }

  void log_density(const Block<T>& block, RowRange rows, Index j, T floor, T* out,
                   T* scratch) const override {
    for (Index row = rows.first; row < rows.first + rows.count; row += Factors::kRows) {
      write_log_densities(block, row, j, floor, out, scratch);
    }
  }

 protected:
  auto factor(Index j) const { return factors_.factor(shared_ ? 0 : j); }

  KernelComponents<T> components_;

 private:
  using Pack = simd::Pack<T>;
  using Factors = PackedTriangles<T>;
  static constexpr int V = Factors::V, kColumns = Factors::kColumns;

  // For kRows rows. Not inlined: beside the constants of a loop over rows, the products of a panel
  // would not all fit the registers.
  __attribute__((noinline)) void write_log_densities(const Block<T>& block, Index row, Index j,
                                                     T floor, T* out, T* scratch) const {
    const Index d = components_.features;
    const T largest_distance = T(2) * (components_.log_normalizers[size_t(j)] - floor);
    Index next_check = floor > -std::numeric_limits<T>::infinity() ? kColumns : d;
    const auto u = factor(j);
    const auto centred = [mean = components_.mean(j), x = block.data + row, stride = block.stride](
                             Index c, Index i) {
      return mean.centre(simd::load(x + c * stride + i), c);
    };
    const auto add_distances = [&](Index /*row*/, Pack(&distances)[V]) {
      for_each_panel<kColumns>(d, [&](auto width, Index first) __attribute__((always_inline)) {
        Pack products[width()][V];
        Factors::multiply(u, first, centred, scratch, products);
        add_squares<T>(products, distances);
        // The sums only grow: after 1, 2, 3, 4, 6, 9, ... panels they may tell that all rows end
        // below the floor.
        if (first + kColumns != next_check || next_check >= d) return true;
        next_check += std::max<Index>(kColumns, next_check / 2 / kColumns * kColumns);
        return !all_exceed(largest_distance, distances);
      });
    };
    components_.template write_log_densities<V>({row, Factors::kRows}, j, out, add_distances);
  }

  static EIGEN_ALWAYS_INLINE bool all_exceed(T bound, const Pack (&distances)[V]) {
    unsigned lanes = simd::kAllLanes<T>;
    for (const auto& distance : distances) {
      lanes &= simd::lanes_less<T>(simd::broadcast(bound), distance);
    }
    return lanes == simd::kAllLanes<T>;
  }

  Factors factors_;
  bool shared_;  // one factor by all components
};

// The same for D features: differences, too, stay in registers.
template <class T, int D>
class SmallTriangularKernel final : public TriangularKernel<T> {
 public:
  explicit SmallTriangularKernel(const Densities& densities) : TriangularKernel<T>(densities, 1) {}

  Index scratch_size(Index /*stride*/) const override { return 0; }

  void log_density(const Block<T>& block, RowRange rows, Index j, T /*floor*/, T* out,
                   T* /*scratch*/) const override {
    const T* const entries = this->factor(j).entries;
    const auto mean = this->components_.mean(j);
    this->components_.template write_log_densities<V>(
        rows, j, out, [&](Index row, Pack(&distances)[V]) {
          Pack z[D][V];
          for (int c = 0; c < D; ++c) {
            for (int v = 0; v < V; ++v) {
              z[c][v] = mean.centre(simd::load(block.column(c) + row + v * simd::kLanes<T>), c);
            }
          }
          unrolled<(D + kColumns - 1) / kColumns>([&](auto panel) {
            constexpr int kFirst = kColumns * panel(), kWidth = std::min(kColumns, D - kFirst);
            Pack products[kWidth][V];
            for (auto& product : products) std::fill_n(product, V, simd::broadcast(T(0)));
            const T* next = entries + entries_before(kFirst);
            unrolled<kFirst + kWidth>([&](auto c) {
              add_row<false, std::max(c() - kFirst, 0), kWidth, V, T>(next, z[c()], products);
            });
            add_squares<T>(products, distances);
          });
        });
  }

 private:
  using Pack = simd::Pack<T>;
  static constexpr int V = 2, kColumns = PackedTriangles<T>::kColumns;
};

}  // namespace

template <class T>
KernelPointer<T> make_triangular_kernel(const Densities& densities, int n_threads) {
  return std::make_unique<TriangularKernel<T>>(densities, n_threads);
}

template <class T>
KernelPointer<T> make_small_triangular_kernel(const Densities& densities) {
  return with_static_size<kMaxFeaturesInRegisters>(
      densities.features, [&](auto size) -> KernelPointer<T> {
        return std::make_unique<SmallTriangularKernel<T, size()>>(densities);
      });
}

template KernelPointer<float> make_triangular_kernel(const Densities&, int);
template KernelPointer<double> make_triangular_kernel(const Densities&, int);
template KernelPointer<float> make_small_triangular_kernel(const Densities&);
template KernelPointer<double> make_small_triangular_kernel(const Densities&);

}  // namespace gaussmix
