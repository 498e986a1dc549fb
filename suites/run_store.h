#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "suites/record.h"

namespace faultline {

/// What a run was asked to do: sorted text keys and values (model, digests, explainers, seed, dtype, ...). Keys that start with
/// "free." (threads, batch, device, paths of output) are kept but may differ when a run goes on.
using Configuration = std::map<std::string, std::string>;
using Facts = std::map<std::string, std::string>;

/// A run folder: `run.sqlite` (configuration, facts, units, records, health, pictures), `maps/` (npy arrays), `log.txt`, `lock`.
/// The only thing between measuring and reporting. A unit of work is written in one transaction, so a killed run holds whole
/// units only; each carries a digest of its rows, checked whenever the run is opened. Writers are thread-safe; a second writer on
/// the same folder is refused while the first lives. Errors: usage (the folder is taken, the configuration differs), input (no
/// run there, a foreign or damaged file), environment (disk full, read-only, locked); what was committed before stays readable.
class RunStore {
 public:
  /// Makes the folder and an empty run. Throws usage where the folder already holds a run.
  static RunStore create(const std::string& folder, const Configuration& configuration);
  /// Opens a run to go on with it. Throws usage naming the first key that differs, with both values ("free." keys are replaced).
  static RunStore resume(const std::string& folder, const Configuration& configuration);
  /// Opens a run to read it, also while another process writes to it and on read-only media.
  static RunStore open_for_reading(const std::string& folder);
  /// Whether the folder holds a run.sqlite.
  static bool exists(const std::string& folder);

  RunStore(RunStore&&) noexcept;
  RunStore& operator=(RunStore&&) noexcept;
  ~RunStore();

  /// Closes the run and takes its files away again, for one that cannot begin; what lies beside them stays. Nothing else may be
  /// called afterwards.
  void discard();

  const std::string& folder() const;
  /// `relative` inside the run folder; arrays go to path("maps/NAME.npy"), which pictures name as "maps/NAME.npy".
  std::string path(const std::string& relative) const;

  bool is_done(const std::string& unit) const;
  /// Writes everything a unit yields, and that it is done, or nothing. Each record has either a finite value or a reason, never
  /// both; anything else, and a unit that is done already, is a std::logic_error.
  void commit_unit(const std::string& unit, const std::vector<Record>& records, const std::vector<HealthRecord>& health = {},
                   const std::vector<PictureRecord>& pictures = {}, const Facts& facts = {});
  /// Notes a value of the run beside its records (suites/facts.h has the names); replaces an earlier one.
  void set_fact(const std::string& key, const std::string& text);
  void set_facts(const Facts& facts);
  /// Appends one line to log.txt; control characters are written as `\xNN`.
  void log(const std::string& line);

  Configuration configuration() const;
  Facts facts() const;
  /// The fact, or `otherwise` where it was never set.
  std::string fact(const std::string& key, const std::string& otherwise = "") const;
  std::vector<std::string> units() const;  ///< keys of the units done, sorted
  /// Sorted by suite, explainer, condition, metric, sample id, sample: the order of writing leaves no trace.
  std::vector<Record> records() const;
  std::vector<HealthRecord> health() const;
  std::vector<PictureRecord> pictures() const;

 private:
  struct Impl;
  explicit RunStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace faultline
