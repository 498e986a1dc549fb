#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/audit_request.h"
#include "cli/inputs.h"
#include "suites/audit.h"

namespace faultline {

/// An audit ready to run, with what the report wants to know of how it came about.
struct PlannedAudit {
  Audit audit;
  std::string model_name;    ///< path, or "built-in CNN"
  std::string model_digest;  ///< SHA-256 of the file; of the graph for the built-in network
  std::string data_name;
  std::vector<LeftOut> skipped;
  std::vector<std::string> asked;  ///< names of the samples asked for, in order
  std::vector<std::string> notes;  ///< about the whole run
  std::string class_counts;        ///< "0:3 1:4": predicted class and count
};

/// Loads or trains the network, reads and checks the samples, makes explainers, attacks with their controls, and metrics.
/// Throws what the parts throw; nothing_tested where no sample can be used.
PlannedAudit plan_audit(const AuditRequest& request);

/// Attacks as asked for (default: ghorbani-topk, 100 iterations), and the random controls they call for: one shot, and for each
/// way of judging a walk with as many iterates, the same steps and the same selection (attacks sheet 1.6).
std::vector<Assault> assaults_with_controls(const std::vector<Spec>& attacks_asked);

/// Metrics as asked for; default: what the attacks are judged by, then top-k, spearman, center-shift (where there are pictures).
std::vector<Spec> metrics_for(const std::vector<Spec>& asked, const std::vector<Assault>& assaults, bool has_pictures);

}  // namespace faultline
