#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/published_figures.h"
#include "report/summary.h"

namespace faultline {

/// An audit that is a part of a replication.
struct ReplicationPart {
  std::string name;                                          ///< of its folder
  std::vector<std::pair<std::string, std::string>> options;  ///< of `faultline audit`, without model, data and out
};

/// A published figure beside the measured one.
struct ComparedFigure {
  std::string what, where;                               ///< explainer; condition and metric
  std::optional<double> published, measured, low, high;  ///< with the 95 % interval of the measured mean
  int64_t used = 0;
  std::string note;
};
/// An ordering that the paper claims, and whether the measured figures show it.
struct CheckedOrdering {
  std::string claim;
  std::optional<bool> holds;  ///< empty: could not be evaluated
  std::string figures;        ///< what it rests on
};
struct ReplicationResult {
  std::vector<ComparedFigure> figures;
  std::vector<CheckedOrdering> orderings;
  std::vector<std::string> remarks;  ///< what differs from the paper, what to mind
};

using PartRuns = std::map<std::string, RunSummary>;  ///< by the part's name

/// One paper.
struct Replication {
  const char* name;
  const char* title;
  const char* needs;  ///< which model and data, for people
  std::vector<ReplicationPart> (*parts)(const std::string& model);
  ReplicationResult (*compare)(const PartRuns& runs);
};
const std::vector<Replication>& replications();

Replication ghorbani_2019();
Replication kindermans_2017();
Replication adebayo_2018();

/// The mean of a metric over the samples, under the first condition of the explainer whose name begins and ends so; null where
/// nothing was measured.
const MetricSummary* measured(const RunSummary& run, const std::string& explainer, const std::string& begins,
                              const std::string& ends, const std::string& metric);
/// A figure with what was measured filled in.
ComparedFigure compared(const std::string& what, const std::string& where, std::optional<double> published,
                        const MetricSummary* summary, const std::string& note = "");
/// Whether `lower` lies below `higher`, by means; empty where one is missing.
CheckedOrdering ordering(const std::string& claim,
                         const std::vector<std::pair<const MetricSummary*, const MetricSummary*>>& pairs,
                         const std::vector<std::string>& names);

/// The whole as Markdown, and as one JSON document. commands: of the parts, in order.
std::string markdown_of(const Replication& replication, const ReplicationResult& result,
                        const std::vector<std::string>& commands);
std::string json_of(const Replication& replication, const ReplicationResult& result, const std::vector<std::string>& commands,
                    const std::string& markdown_file);

}  // namespace faultline
