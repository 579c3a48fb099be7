// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// All of gaussmix for C++: fit a mixture to rows, make one from its parameters or load one, and
/// score rows.
/// docs/embedding.md shows how.

#include "gaussmix/classifier.hpp"
#include "gaussmix/config.hpp"
#include "gaussmix/em.hpp"
#include "gaussmix/fit.hpp"
#include "gaussmix/kmeans.hpp"
#include "gaussmix/mixture.hpp"
#include "gaussmix/model_file.hpp"
#include "gaussmix/noise.hpp"
#include "gaussmix/predictor.hpp"
#include "gaussmix/statistics.hpp"
#include "gaussmix/types.hpp"
#include "gaussmix/validation.hpp"
#include "gaussmix/version.hpp"
