#pragma once
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/run_settings.h"
#include "core/spec.h"

namespace faultline {

/// What `faultline audit` was asked to do, checked as far as words go. Empty lists mean the defaults.
struct AuditRequest {
  RunSettings settings;
  std::string model;  ///< empty: the built-in small network
  std::string data;   ///< empty: glyphs
  std::vector<Spec> explainers, suites, attacks,
      metrics;                      ///< explainers, attacks, metrics name registered methods with valid keys
  std::vector<std::string> labels;  ///< of the explainers, as the user gave them; "" where there is none
  std::vector<double> epsilons;     ///< pixel units, ascending, without repeats
  std::string out;                  ///< empty: a name made by the caller
  bool resume = false;
};

/// Throws usage on words that cannot be meant, environment where the device is not there.
AuditRequest audit_request(const Arguments& arguments);

/// `2/255,8/255`: positive numbers, ascending, without repeats. Throws usage.
std::vector<double> parse_epsilons(const std::string& text);

}  // namespace faultline
