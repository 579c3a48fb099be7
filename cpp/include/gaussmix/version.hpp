// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// The version of gaussmix; the Python package takes its version from this line.
#define GAUSSMIX_VERSION "0.1.0"
