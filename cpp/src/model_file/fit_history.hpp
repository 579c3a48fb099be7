// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <string_view>

#include "gaussmix/model_file.hpp"

namespace gaussmix {

/// How the model was found, and its summary, as a JSON object.
std::string fit_history_json(const SavedModel& model);

/// Fills in what fit_history_json wrote; keys that are absent leave what is there, unknown ones are
/// ignored.
/// \throws ModelFileError
void read_fit_history(std::string_view json, SavedModel& model);

}  // namespace gaussmix
