// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>

namespace gaussmix {

/// The bytes of the file `path`; of one that cannot be a model file, only its beginning is read.
/// \throws ModelFileError, std::system_error
std::string read_model_file(const std::string& path);

/// Writes a file whole or not at all: a temporary file beside it takes its place. A symbolic link
/// is followed, the permissions of an existing file are kept; what is neither absent nor a regular
/// file (/dev/null, a named pipe) is written directly.
/// \throws std::system_error, and then what was at `path` is still there.
void replace_file(const std::string& path, const std::string& bytes);

}  // namespace gaussmix
