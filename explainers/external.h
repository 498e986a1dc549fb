#pragma once
#include <memory>

#include "explainers/explainer.h"
#include "explainers/external/service.h"

namespace faultline {

/// Maps made by another program, in any language, which is asked line by line for the maps of a few samples of a model file
/// (docs/reference/external-explainers.md). Maps: the inputs' shape or one value a pixel, and the network's dtype. Every request
/// holds the same number of samples, each in its own place, so that a map does not depend on what is asked for beside it.
/// A sample that the program gives no map for, for whatever reason, has a map of NaN and says why (Explanation::failures).
/// Networks that no file computes are written to one (explainers/external/model_file.h).
class External final : public Explainer {
 public:
  static constexpr const char* kName = "external";
  static constexpr const char* kSummary = "maps by another program, in any language, asked over a small protocol";
  static constexpr const char* kFormula = "what the program makes of model, inputs, targets and seeds";
  static constexpr const char* kSource = "the program's own";
  struct Options {
    std::string command;
    double timeout = 60;
    double start = 60;
    int64_t block = 0;
    bool single_channel = false;
    std::string claims;
    std::string hash;
    std::string target = "predicted";
  };
  static const OptionTable<Options>& options();
  explicit External(Options options);

  Traits traits() const override;
  std::vector<Claim> claims(const Network& network) const override;
  std::vector<std::string> probe(const Network& network, const Samples& first, const Context& context) override;
  std::map<std::string, std::string> digests() const override { return digests_; }
  Explanation explain(const Network& network, const Samples& samples, const Context& context) const override;

 private:
  Options options_;
  std::map<std::string, std::string> digests_;
  std::unique_ptr<external::Service> service_;
};

}  // namespace faultline
