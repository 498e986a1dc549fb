#include "explainers/plugin.h"

#include "core/sha256.h"

namespace faultline {

PluginExplainer::PluginExplainer(Options options) {
  if (options.library.empty()) return;
  own_ = plugin_method<Explainer>(options, "faultline_plugin_explainers", "explainer");
  digests_[options.library] = sha256_of_file(options.library);
}

std::map<std::string, std::string> PluginExplainer::digests() const {
  std::map<std::string, std::string> all = own_->digests();
  all.insert(digests_.begin(), digests_.end());
  return all;
}

}  // namespace faultline
