// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "em/component_places.hpp"
#include "rows/blocks.hpp"
#include "rows/dataset.hpp"
#include "statistics/moments/moment_adder.hpp"
#include "support/interface.hpp"
#include "support/parallel.hpp"

namespace gaussmix {

/// The responsibilities of a block's rows: most blocks need few components.
template <class T>
struct BlockResponsibilities {
  std::vector<Index> components;  ///< those to which any row belongs; each once
  AlignedArray<T> numbers;        ///< columns, block.stride apart; only theirs are of use
  AlignedArray<T> log_density;    ///< of each row; zeros where there is no model yet
  AlignedArray<T> scratch;        ///< for whoever fills

  T* column(const Block<T>& block, Index j) { return numbers.data() + j * block.stride; }
};

/// What one thread needs to turn blocks of rows into statistics.
template <class T>
struct ExpectationWorkspace {
  /// \param negligible a responsibility times a weight that changes nothing
  ExpectationWorkspace(Index d, ScatterForm form, double negligible)
      : moments(d, form, negligible) {}

  AlignedArray<T> columns;
  BlockResponsibilities<T> responsibilities;
  AlignedArray<double> row_weights, buffer;
  struct Parts {
    std::vector<ComponentWeights> near_point, others;
  } parts;
  MomentAdder<T> moments;
};

/// What turns blocks of rows into statistics: an E-step, or the start of a fit.
template <class T>
class Expectation : public Interface {
 public:
  /// The order of the rows: n row numbers; nullptr for that of the table.
  virtual const std::int32_t* order() const { return nullptr; }

  /// k x d numbers: for each component a point near the rows that belong to it, from which its mean
  /// is measured.
  virtual std::vector<double> reference() const = 0;

  /// Where the components are, if that is known.
  virtual std::optional<ComponentPlaces> places() const { return std::nullopt; }

  /// Whether the weights that a row adds to components sum to its own.
  virtual bool divides_rows() const { return true; }

  /// Adds the rows of a block, which stand at positions first, first + 1, ... of the order, to
  /// statistics. Asks keep_going between components, or a few of them, since of many large ones a
  /// block is long; where it says no, the statistics are left unfinished.
  /// \param places of the components whose moments may be about a point in common; nullptr: none
  virtual void add(const Dataset<T>& data, Index first, const Block<T>& block,
                   const ComponentPlaces* places, ExpectationWorkspace<T>& workspace,
                   Statistics& statistics, const KeepGoing& keep_going) const = 0;
};

/// An expectation that weights the rows' moments with responsibilities.
template <class T>
class ByResponsibilities : public Expectation<T> {
 public:
  /// \param n_columns the components, and what `fill` has of columns besides, for itself
  explicit ByResponsibilities(Index n_columns) : n_columns_(n_columns) {}

  void add(const Dataset<T>& data, Index first, const Block<T>& block,
           const ComponentPlaces* places, ExpectationWorkspace<T>& workspace,
           Statistics& statistics, const KeepGoing& keep_going) const final;

 protected:
  /// Writes the responsibilities of a block's rows into `out`, whose arrays have room: the
  /// components, their columns, and the rows' log-densities.
  virtual void fill(Index first, const Block<T>& block, BlockResponsibilities<T>& out,
                    const KeepGoing& keep_going) const = 0;

 private:
  Index n_columns_;
};

}  // namespace gaussmix
