// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>

#include "em/em.hpp"
#include "em/in_memory.hpp"
#include "em/known_labels.hpp"
#include "rows/sample.hpp"

namespace gaussmix {

/// EM on a sample of the rows, which must outlive it, as the known labels do (nullptr: none). Of
/// the options it takes tol and truncation.
template <class T>
class SampledEm {
 public:
  SampledEm(Execution& execution, const Dataset<T>& data, Index size, const RandomStream& random,
            Index k, const Model& model, const KnownLabels<T>* known, const FitOptions& options,
            Monitor& monitor)
      : sample_(data, size, random),
        known_(known == nullptr ? nullptr
                                : std::make_unique<const KnownLabels<T>>(*known, sample_)),
        engine_(execution, sample_.data(), k, model.family->scatter_form(), known_.get()),
        em_(execution, engine_, model, options.tol, monitor) {
    if (options.max_iter > 1) engine_.truncate(options.truncation);
  }

  const Dataset<T>& data() const { return sample_.data(); }
  InMemory<T>& engine() { return engine_; }
  Em& em() { return em_; }

 private:
  Sample<T> sample_;
  std::unique_ptr<const KnownLabels<T>> known_;
  InMemory<T> engine_;
  Em em_;
};

}  // namespace gaussmix
