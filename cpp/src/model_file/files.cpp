// SPDX-License-Identifier: BSD-3-Clause
#include "model_file/files.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <system_error>

#include "model_file/safetensors.hpp"

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace gaussmix {
namespace {

namespace fs = std::filesystem;

// Failures of the C library leave their reason in errno.
[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno != 0 ? errno : EIO, std::generic_category(), path);
}

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Close>;

File open(const std::string& path, const char* mode) {
  // The C library would take the part before a zero byte for the path.
  errno = EINVAL;
  if (path.find('\0') != std::string::npos) fail(path);
  errno = 0;
  File file(std::fopen(path.c_str(), mode));
  if (!file) fail(path);
  return file;
}

// Appends up to `count` bytes; fewer only where the file ends.
void read(std::FILE* file, std::size_t count, const std::string& path, std::string& bytes) {
  const std::size_t before = bytes.size();
  bytes.resize(before + count);
  errno = 0;
  bytes.resize(before + std::fread(bytes.data() + before, 1, count, file));
  if (std::ferror(file) != 0) fail(path);
}

void write(const std::string& path, const char* mode, const std::string& bytes, bool durable) {
  File file = open(path, mode);
  bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size() &&
                 std::fflush(file.get()) == 0;
#if defined(__unix__) || defined(__APPLE__)
  if (written && durable) written = fsync(fileno(file.get())) == 0;
#else
  (void)durable;
#endif
  if (!written) fail(path);
  if (std::fclose(file.release()) != 0) fail(path);
}

}  // namespace

std::string read_model_file(const std::string& path) {
  constexpr std::size_t kChunk = std::size_t{1} << 20U;
  const File file = open(path, "rb");
  std::string bytes;
  read(file.get(), safetensors::kLengthBytes, path, bytes);
  safetensors::header_length(bytes);
  for (std::size_t before = 0; before < bytes.size();) {
    before = bytes.size();
    read(file.get(), std::max(kChunk, before), path, bytes);
  }
  return bytes;
}

void replace_file(const std::string& path, const std::string& bytes) {
  const fs::path target = fs::weakly_canonical(path);
  const fs::file_status status = fs::status(target);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    write(path, "wb", bytes, false);
    return;
  }
  std::random_device entropy;
  const std::string temporary = target.string() + "." + std::to_string(entropy()) + ".tmp";
  try {
    write(temporary, "wbx", bytes, true);
    if (fs::exists(status)) fs::permissions(temporary, status.permissions());
    fs::rename(temporary, target);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

}  // namespace gaussmix
