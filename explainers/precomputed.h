#pragma once
#include <memory>
#include <mutex>

#include "explainers/explainer.h"

namespace faultline {

/// Maps that were made elsewhere, read from files: of the run's samples as they are, and of no other input. They answer what can
/// be asked of a clean map; attacks and everything else that moves an input or changes the network does not apply.
/// maps=FILE.npy: [N,...], row i belongs to the sample with id i, its place in the data; maps=FOLDER: NAME.npy or ID.npy for
/// every sample, a / in a name written as _. Maps: as stored, in the network's dtype. A sample without one says why
/// (Explanation::failures). Throws usage on networks that the run changed, and on inputs other than the samples it has met.
class Precomputed final : public Explainer {
 public:
  static constexpr const char* kName = "precomputed";
  static constexpr const char* kSummary = "maps made elsewhere, of the samples as they are: nothing else can be asked of them";
  static constexpr const char* kFormula = "R read from files";
  static constexpr const char* kSource = "the files' own";
  struct Options {
    std::string maps;
    bool single_channel = false;
    std::string claims;
    std::string target = "predicted";
  };
  static const OptionTable<Options>& options();
  explicit Precomputed(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  void meet(const Samples& clean) override;
  std::vector<std::string> probe(const Network& network, const Samples& first, const Context& context) override;
  std::map<std::string, std::string> digests() const override { return digests_; }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  /// The stored map of a sample. Throws input where there is none.
  at::Tensor stored(uint64_t id, const std::string& name) const;

  Options options_;
  bool is_folder_ = false;
  std::shared_ptr<const Dataset> rows_;  // of a file, read one at a time
  std::map<std::string, std::string> digests_;
  struct Met {
    uint64_t input;  ///< hash of the clean input
    std::string name;
  };
  std::map<uint64_t, Met> met_;  // by sample id
};

}  // namespace faultline
