// SPDX-License-Identifier: BSD-3-Clause
#include "model_file/fit_history.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "model_file/json.hpp"

namespace gaussmix {
namespace {

int read_int(JsonReader& reader, int least = 0) {
  const std::int64_t value = reader.integer();
  if (value < least || value > std::numeric_limits<int>::max()) {
    reader.fail("a number is out of range");
  }
  return static_cast<int>(value);
}

void write_start(JsonWriter& json, const StartReport& start) {
  json.open('{');
  json.key("lower_bound").real(start.lower_bound);
  json.key("n_iter").integer(start.n_iter);
  json.key("converged").boolean(start.converged);
  json.key("origin").string(start.origin);
  json.key("dropped").boolean(start.dropped);
  json.close('}');
}

StartReport read_start(JsonReader& reader) {
  StartReport start;
  reader.object([&](const std::string& key) {
    if (key == "lower_bound") {
      start.lower_bound = reader.real();
    } else if (key == "n_iter") {
      start.n_iter = read_int(reader);
    } else if (key == "converged") {
      start.converged = reader.boolean();
    } else if (key == "origin") {
      start.origin = reader.string();
    } else if (key == "dropped") {
      start.dropped = reader.boolean();
    } else {
      reader.skip();
    }
  });
  return start;
}

void write_repair(JsonWriter& json, const Repair& repair) {
  json.open('{');
  json.key("start").integer(repair.start);
  json.key("iteration").integer(repair.iteration);
  json.key("component").integer(repair.component);
  json.key("reason").string(repair.reason);
  json.key("action").string(repair.action);
  json.close('}');
}

Repair read_repair(JsonReader& reader) {
  Repair repair;
  reader.object([&](const std::string& key) {
    if (key == "start") {
      repair.start = read_int(reader);
    } else if (key == "iteration") {
      repair.iteration = read_int(reader);
    } else if (key == "component") {
      repair.component = read_int(reader, -1);
    } else if (key == "reason") {
      repair.reason = reader.string();
    } else if (key == "action") {
      repair.action = reader.string();
    } else {
      reader.skip();
    }
  });
  return repair;
}

// Reads the value of one key of the history into the model. The summary is there once it has rows.
void read_member(JsonReader& reader, const std::string& key, SavedModel& model,
                 FitSummary& summary) {
  FitResult& fit = model.fit;
  if (key == "converged") {
    fit.converged = reader.boolean();
  } else if (key == "n_iter") {
    fit.n_iter = read_int(reader);
  } else if (key == "lower_bound") {
    fit.lower_bound = reader.real();
  } else if (key == "lower_bounds") {
    reader.array([&] { fit.lower_bounds.push_back(reader.real()); });
  } else if (key == "starts") {
    reader.array([&] { fit.starts.push_back(read_start(reader)); });
  } else if (key == "best_start") {
    fit.best_start = read_int(reader);
  } else if (key == "repairs") {
    reader.array([&] { fit.repairs.push_back(read_repair(reader)); });
  } else if (key == "n_rows") {
    summary.n_rows = static_cast<Index>(reader.integer());
    if (summary.n_rows < 1) reader.fail("n_rows should be at least 1");
  } else if (key == "log_likelihood") {
    summary.log_likelihood = reader.real();
  } else {
    reader.skip();
  }
}

}  // namespace

std::string fit_history_json(const SavedModel& model) {
  const FitResult& fit = model.fit;
  JsonWriter json;
  json.open('{');
  json.key("converged").boolean(fit.converged);
  json.key("n_iter").integer(fit.n_iter);
  json.key("lower_bound").real(fit.lower_bound);
  json.key("lower_bounds").open('[');
  for (const double lower_bound : fit.lower_bounds) json.real(lower_bound);
  json.close(']');
  json.key("starts").open('[');
  for (const StartReport& start : fit.starts) write_start(json, start);
  json.close(']');
  json.key("best_start").integer(fit.best_start);
  json.key("repairs").open('[');
  for (const Repair& repair : fit.repairs) write_repair(json, repair);
  json.close(']');
  if (model.summary) {
    json.key("n_rows").integer(model.summary->n_rows);
    json.key("log_likelihood").real(model.summary->log_likelihood);
  }
  json.close('}');
  return json.text();
}

void read_fit_history(std::string_view json, SavedModel& model) {
  JsonReader reader(json, "fit");
  FitSummary summary;
  reader.object([&](const std::string& key) { read_member(reader, key, model, summary); });
  reader.end();
  if (summary.n_rows > 0) model.summary = summary;
  const std::size_t starts = model.fit.starts.size();
  if (size_t(model.fit.best_start) >= std::max<std::size_t>(starts, 1)) {
    reader.fail("best_start is none of the starts");
  }
}

}  // namespace gaussmix
