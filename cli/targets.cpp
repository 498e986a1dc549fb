#include "cli/targets.h"

#include <cctype>
#include <limits>

#include "core/error.h"
#include "core/numbers.h"
#include "data/npy.h"

namespace faultline {
namespace {

const char* const kForms = "write 3,1,4, a FILE.npy, predicted, label or second";

bool is_file(const std::string& words) { return words.size() > 4 && words.compare(words.size() - 4, 4, ".npy") == 0; }
bool is_list(const std::string& words) {
  return !words.empty() && (std::isdigit(static_cast<unsigned char>(words[0])) || words[0] == '-') && !is_file(words);
}

std::vector<int64_t> classes_of_file(const std::string& path) {
  const at::Tensor values = read_npy(path).values;
  if (values.dim() > 1)
    throw_input(path, "has shape [" + print_shape(values.sizes().vec()) + "]", "targets are one whole number a sample: [N]");
  const at::Tensor exact = values.reshape({-1}).to(at::kDouble);
  const at::Tensor whole = exact.to(at::kLong);
  if (!at::equal(whole.to(at::kDouble), exact))
    throw_input(path, "holds numbers that are not whole", "targets are class numbers");
  return {whole.data_ptr<int64_t>(), whole.data_ptr<int64_t>() + whole.numel()};
}

std::vector<int64_t> listed_classes(const std::string& words) {
  if (is_file(words)) return classes_of_file(words);
  std::vector<int64_t> out;
  for (const auto& part : split(words, ',')) out.push_back(parse_integer(part, "--targets"));
  return out;
}

/// One class a usable sample from a list that has one a sample asked for, one a sample of the data set, or one for all.
std::vector<int64_t> spread(const std::vector<int64_t>& classes, const std::string& words, const Inputs& inputs) {
  const auto count = static_cast<int64_t>(classes.size());
  std::vector<int64_t> out;
  for (size_t i = 0; i < inputs.indices.size(); ++i) {
    if (count == inputs.asked) {
      out.push_back(classes[inputs.positions[i]]);
    } else if (count == inputs.available) {
      out.push_back(classes[inputs.indices[i]]);
    } else if (count == 1 && !is_file(words)) {
      out.push_back(classes[0]);
    } else {
      throw_input("--targets", "has " + std::to_string(count) + " classes for " + std::to_string(inputs.asked) + " samples",
                  "give one a sample");
    }
  }
  return out;
}

void check_classes(const std::vector<int64_t>& classes, const Inputs& inputs, int64_t count) {
  for (size_t i = 0; i < classes.size(); ++i) {
    if (classes[i] < 0 || classes[i] >= count) {
      throw_input("targets", "sample " + inputs.samples.names[i] + " has target " + std::to_string(classes[i]),
                  "the network has classes 0.." + std::to_string(count - 1));
    }
  }
}

std::vector<int64_t> labels_of(const Inputs& inputs) {
  const auto& labels = inputs.samples.labels;
  std::vector<int64_t> out(labels.data_ptr<int64_t>(), labels.data_ptr<int64_t>() + labels.numel());
  for (size_t i = 0; i < out.size(); ++i) {
    if (out[i] < 0)
      throw_input("target=label", "sample " + inputs.samples.names[i] + " has no label",
                  "give --labels FILE.npy or another target");
  }
  return out;
}

}  // namespace

std::string target_words(const std::string& targets_option, const Spec& explainer) {
  const std::string* own = explainer.find("target");
  if (targets_option.empty()) return own ? *own : "predicted";
  if (own && *own != targets_option) {
    const auto parts = is_list(targets_option) ? split(targets_option, ',') : std::vector<std::string>{targets_option};
    if (std::any_of(parts.begin(), parts.end(), [&](const std::string& part) { return part != *own; })) {
      throw_usage("--targets " + targets_option, "differs from target=" + *own + " of " + explainer.name, "give one of them");
    }
  }
  return targets_option;
}

at::Tensor targets_of(const std::string& words, const Inputs& inputs, const at::Tensor& logits) {
  if (words == "predicted") return logits.argmax(1);
  if (words == "second") {
    const auto second = runners_up(logits);
    if (!second.defined()) throw_input("target=second", "the network has one class only", "use predicted");
    return second;
  }
  if (words != "label" && !is_list(words) && !is_file(words)) throw_usage("--targets '" + words + "'", "is not known", kForms);
  const auto classes = words == "label" ? labels_of(inputs) : spread(listed_classes(words), words, inputs);
  check_classes(classes, inputs, logits.size(1));
  return at::tensor(classes, at::kLong);
}

at::Tensor runners_up(const at::Tensor& logits) {
  if (logits.size(1) < 2) return at::Tensor();
  const auto first = logits.argmax(1, true);
  return logits.scatter(1, first, -std::numeric_limits<double>::infinity()).argmax(1);
}

}  // namespace faultline
