// SPDX-License-Identifier: BSD-3-Clause
#include "gaussmix/model_file.hpp"

#include <gtest/gtest.h>

#include <cfenv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <system_error>
#include <vector>

#include "gaussmix/fit.hpp"
#include "made_data.hpp"
#include "model_file/format.hpp"
#include "right_checksum.hpp"
#include "support/xxh64.hpp"

#ifdef __SSE2__
#include <xmmintrin.h>
#endif

namespace gaussmix {
namespace {

// The bytes that xxHash's own test hashes (xsum_sanity_check.c).
std::string sanity_buffer(std::size_t size) {
  std::string bytes;
  for (std::uint64_t state = 2654435761U; bytes.size() < size; state *= 11400714785074694797U) {
    bytes += static_cast<char>(static_cast<unsigned char>(state >> 56U));
  }
  return bytes;
}

TEST(Xxh64, GivesThePublishedValues) {
  EXPECT_EQ(xxh64({}), 0xEF46DB3751D8E999U);
  EXPECT_EQ(xxh64({sanity_buffer(1)}), 0xE934A84ADB052768U);
  EXPECT_EQ(xxh64({sanity_buffer(4)}), 0x9136A0DCA57457EEU);
  EXPECT_EQ(xxh64({sanity_buffer(14)}), 0x8282DCC4994E35C8U);
  EXPECT_EQ(xxh64({sanity_buffer(222)}), 0xB641AE8CB691C174U);
}

TEST(Xxh64, DoesNotDependOnHowTheBytesArePieced) {
  const std::string buffer = sanity_buffer(100);
  const std::string_view bytes = buffer;
  for (std::size_t first = 0; first <= bytes.size(); ++first) {
    for (std::size_t second = first; second <= bytes.size(); ++second) {
      const std::uint64_t hash = xxh64(
          {bytes.substr(0, first), bytes.substr(first, second - first), bytes.substr(second)});
      ASSERT_EQ(hash, xxh64({bytes})) << first << ", " << second;
    }
  }
}

struct Case {
  CovarianceType type;
  ScalarType scalar;
};

template <class T>
Mixture fit_rows(CovarianceType type) {
  const auto x = made::clusters<T>(60, 3, 2, 6.0);
  FitOptions options;
  options.n_components = 2;
  options.covariance_type = type;
  options.n_init = 2;
  return fit(TableView<T>{x.data(), 60, 3}, options).mixture;
}

SavedModel make_model(const Case& made) {
  SavedModel model(made.scalar == ScalarType::float32 ? fit_rows<float>(made.type)
                                                      : fit_rows<double>(made.type));
  model.feature_names =
      "[\"gr\xC3\xB6\xC3\x9F"
      "e\", \"\\\"\\\\\\n\", \"\\ud800\"]\n\x01";
  model.fit = R"({"n_iter": 3, "unknown": [{}]})";
  model.parameters = R"({"tol": 0.5})";
  if (made.type == CovarianceType::diag) {
    model.component_classes = {1, 0};
    model.classes = R"({"labels": ["a", "b"]})";
  }
  return model;
}

SavedModel reload(const SavedModel& model) {
  const std::string bytes = model_bytes(model);
  return load_model(bytes.data(), bytes.size());
}

void expect_same_bits(const Mixture& actual, const Mixture& expected) {
  EXPECT_EQ(actual.covariance_type(), expected.covariance_type());
  EXPECT_EQ(actual.scalar_type(), expected.scalar_type());
  EXPECT_EQ(actual.n_features(), expected.n_features());
  EXPECT_EQ(actual.weights(), expected.weights());
  EXPECT_EQ(actual.means(), expected.means());
  EXPECT_EQ(actual.covariances(), expected.covariances());
  EXPECT_EQ(actual.precisions_cholesky(), expected.precisions_cholesky());
}

class ModelFile : public testing::TestWithParam<Case> {};

TEST_P(ModelFile, ComesBackToTheBit) {
  const SavedModel model = make_model(GetParam());
  const SavedModel loaded = reload(model);
  expect_same_bits(loaded.mixture, model.mixture);
  EXPECT_EQ(loaded.feature_names, model.feature_names);
  EXPECT_EQ(loaded.fit, model.fit);
  EXPECT_EQ(loaded.parameters, model.parameters);
  EXPECT_EQ(loaded.component_classes, model.component_classes);
  EXPECT_EQ(loaded.classes, model.classes);
}

TEST_P(ModelFile, EqualModelsHaveEqualBytes) {
  const SavedModel model = make_model(GetParam());
  EXPECT_EQ(model_bytes(reload(model)), model_bytes(model));
}

// What may be thrown for bytes, and nothing else.
bool loads(const std::string& bytes) {
  try {
    const Mixture mixture = Mixture::load(bytes.data(), bytes.size());
    return mixture.n_components() > 0;
  } catch (const ModelFileError& error) {
    EXPECT_STRNE(error.what(), "");
    return false;
  }
}

TEST_P(ModelFile, IsRefusedWhereItIsCutShort) {
  const std::string bytes = model_bytes(make_model(GetParam()));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::vector<char> part(bytes.begin(), bytes.begin() + static_cast<Index>(length));
    EXPECT_THROW(load_model(part.data(), part.size()), ModelFileError) << length;
  }
}

// One to four edits of a file, after which its checksum is right again: a byte changed, a stretch
// removed, repeated, or replaced by bytes that mean something to the reader.
std::string edited(std::string bytes, std::uint64_t seed) {
  const std::vector<std::string> telling{
      "\"",   "{",   "}",  "[",  "]",    ",",    ":",
      "\\",   "-1",  "0",  "1e", "9999", "\\u",  "null",
      "\xff", "F32", "{}", "[]", " ",    "true", "18446744073709551616"};
  const RandomStream draws(seed, 0, Purpose::rows);
  std::uint64_t drawn = 0;
  const auto below = [&](std::size_t bound) {
    return size_t(draws.uniform(drawn++) * static_cast<double>(bound));
  };
  for (std::size_t edit = 0, edits = 1 + below(4); edit < edits; ++edit) {
    const std::size_t begin = below(bytes.size()), length = below(16);
    switch (below(4)) {
      case 0:
        bytes[begin] = static_cast<char>(static_cast<unsigned char>(below(256)));
        break;
      case 1:
        bytes.erase(begin, length);
        break;
      case 2:
        bytes.insert(begin, bytes.substr(below(bytes.size()), length));
        break;
      default:
        bytes.replace(begin, length, telling[below(telling.size())]);
    }
  }
  return made::with_right_checksum(std::move(bytes));
}

TEST_P(ModelFile, IsReadOrRefusedWhateverIsEdited) {
  const std::string bytes = model_bytes(make_model(GetParam()));
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string other = edited(bytes, seed);
    loads(other);
  }
}

INSTANTIATE_TEST_SUITE_P(ModelFile, ModelFile,
                         testing::Values(Case{CovarianceType::full, ScalarType::float64},
                                         Case{CovarianceType::tied, ScalarType::float32},
                                         Case{CovarianceType::diag, ScalarType::float64},
                                         Case{CovarianceType::spherical, ScalarType::float32}),
                         [](const testing::TestParamInfo<Case>& made) -> std::string {
                           return std::string(
                               model_format::kCovarianceTypes[size_t(made.param.type)]);
                         });

TEST(ModelFileOptions, TextsMayBeAbsent) {
  const SavedModel loaded = reload(SavedModel(fit_rows<double>(CovarianceType::diag)));
  EXPECT_EQ(loaded.feature_names + loaded.fit + loaded.parameters, "");
}

// They are whatever the caller put there, JSON or not, and stay out of the header if they are long.
TEST(ModelFileOptions, AnyTextsComeBack) {
  SavedModel model = make_model({CovarianceType::diag, ScalarType::float64});
  for (const std::size_t length :
       {std::size_t{1}, std::size_t{131070}, std::size_t{131071}, std::size_t{3000000}}) {
    model.feature_names = std::string(length, '{');
    model.fit = std::string(length, '"');
    model.parameters = std::string(length, '\n');
    const SavedModel loaded = reload(model);
    EXPECT_EQ(loaded.feature_names, model.feature_names);
    EXPECT_EQ(loaded.fit, model.fit);
    EXPECT_EQ(loaded.parameters, model.parameters);
  }
}

// A file of a classifier is of version 1.2, and that of its mixture for who knows no classes.
TEST(ModelFileOptions, ClassesStandBesideTheMixture) {
  const SavedModel model = make_model({CovarianceType::diag, ScalarType::float64});
  const std::string bytes = model_bytes(model);
  EXPECT_NE(bytes.find(R"("format_version":"1.2")"), bytes.npos);
  expect_same_bits(Mixture::load(bytes.data(), bytes.size()), model.mixture);
  for (const char* wrong :
       {"[0,2]", "[0,1 ", "[1,1]", "[0]  ", "[]   ", "{}   ", "[,-1]", "[0;1]"}) {
    std::string other = bytes;
    const std::string right = R"("component_classes":"[1,0]")";
    other.replace(other.find(right) + right.size() - 6, 5, wrong);
    EXPECT_FALSE(loads(made::with_right_checksum(other))) << wrong;
  }
  SavedModel without = model;
  without.component_classes.clear();
  EXPECT_THROW(model_bytes(without), std::invalid_argument);
  without.component_classes = {1, 1};
  EXPECT_THROW(model_bytes(without), std::invalid_argument);
  without.component_classes = {0, 0};
  without.classes.clear();
  EXPECT_EQ(reload(without).component_classes, without.component_classes);
  std::string other = bytes;
  other.replace(other.find("component_classes"), 9, "COMPONENT");
  EXPECT_FALSE(loads(made::with_right_checksum(other)));
}

TEST(ModelFileOptions, TextsThatAreNotUtf8AreNotWritten) {
  for (const char* const text : {"\xff", "\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80",
                                 "\xE2\x82", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF8"}) {
    for (const auto member :
         {&SavedModel::feature_names, &SavedModel::fit, &SavedModel::parameters}) {
      SavedModel model = make_model({CovarianceType::diag, ScalarType::float64});
      model.*member = text;
      EXPECT_THROW(model_bytes(model), std::invalid_argument) << text;
    }
  }
}

// Somebody else may have set this thread to take denormal numbers for zeros.
TEST(ModelFileOptions, FlushedDenormalsAreKept) {
  const std::vector<double> weights{1.0}, small{1e-44}, tiny{0x1p-1060};
  const Mixture::Shape shape{CovarianceType::spherical, 1, 1};
  for (const ScalarType scalar : {ScalarType::float32, ScalarType::float64}) {
    const auto& values = scalar == ScalarType::float32 ? small : tiny;
    const Mixture mixture = Mixture::from_covariances(shape, scalar, weights, values, values);
    std::fenv_t before;
    std::fegetenv(&before);
#ifdef __SSE2__
    _mm_setcsr(_mm_getcsr() | 0x8040U);
#endif
    const SavedModel loaded = reload(SavedModel(mixture));
    std::fesetenv(&before);
    expect_same_bits(loaded.mixture, mixture);
    EXPECT_GT(loaded.mixture.means()[0], 0.0);
  }
}

class ModelFileOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(testing::TempDir()) /
              ("gaussmix_test_model_file_" + std::to_string(std::random_device()()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }
  std::ptrdiff_t files() const {
    return std::distance(std::filesystem::directory_iterator(folder_),
                         std::filesystem::directory_iterator());
  }

 private:
  std::filesystem::path folder_;
};

TEST_F(ModelFileOnDisk, MixtureIsSavedAndLoaded) {
  const Mixture mixture = fit_rows<double>(CovarianceType::full);
  mixture.save(path("model"));
  expect_same_bits(Mixture::load(path("model")), mixture);
  EXPECT_EQ(files(), 1);
}

TEST_F(ModelFileOnDisk, LargeModelIsReadInPieces) {
  const Index k = 30, d = 100;
  const std::vector<double> weights(k, 1.0 / static_cast<double>(k)), means(k * d, 1.0);
  std::vector<double> covariances(k * d * d);
  for (Index i = 0; i < k * d; ++i) covariances[size_t(i / d * d * d + i % d * (d + 1))] = 2.0;
  const Mixture mixture = Mixture::from_covariances(
      {CovarianceType::full, k, d}, ScalarType::float64, weights, means, covariances);
  mixture.save(path("model"));
  EXPECT_GT(std::filesystem::file_size(path("model")), 4U << 20U);
  expect_same_bits(Mixture::load(path("model")), mixture);
}

TEST_F(ModelFileOnDisk, ExistingFileIsReplaced) {
  std::ofstream(path("model")) << "old";
  std::filesystem::permissions(
      path("model"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::create_symlink(path("model"), path("link"));
  fit_rows<double>(CovarianceType::diag).save(path("link"));
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(Mixture::load(path("model")).n_components(), 2);
  EXPECT_EQ(std::filesystem::status(path("model")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(files(), 2);
}

TEST_F(ModelFileOnDisk, FailuresOfFilesAreSystemErrors) {
  const Mixture mixture = fit_rows<double>(CovarianceType::diag);
  EXPECT_THROW(Mixture::load(path("absent")), std::system_error);
  EXPECT_THROW(Mixture::load(path("")), std::system_error);
  EXPECT_THROW(Mixture::load(std::string("a\0b", 3)), std::system_error);
  EXPECT_THROW(mixture.save(path("absent/model")), std::system_error);
  EXPECT_THROW(mixture.save(path("")), std::system_error);
  EXPECT_EQ(files(), 0);
  std::ofstream(path("other")) << "a,b\n1,2\n3,4\n";
  EXPECT_THROW(Mixture::load(path("other")), ModelFileError);
}

}  // namespace
}  // namespace gaussmix
