#include <algorithm>
#include <stdexcept>

#include "cli/arguments.h"
#include "core/error.h"
#include "core/joined.h"
#include "gate/gate_formats.h"
#include "metrics/reduction.h"
#include "report/report.h"

namespace faultline {
namespace {

template <class Meaning>
std::vector<std::string> words_of(const std::vector<std::pair<std::string, Meaning>>& table) {
  std::vector<std::string> out;
  for (const auto& [word, meaning] : table) out.push_back(word);
  return out;
}

}  // namespace

const std::vector<OptionDeclaration>& option_declarations() {
  static const auto reductions = words_of(reduce_words()), normalisations = words_of(normalise_words());
  static const auto all_formats = [] {
    std::vector<std::string> out = all_report_formats();
    for (const auto& format : gate_formats()) {
      if (std::find(out.begin(), out.end(), format) == out.end()) out.push_back(format);
    }
    return out;
  }();
  static const std::vector<OptionDeclaration> declarations = {
      {"model", "FILE", "TorchScript file"},
      {"data", "PATH", "data set: IDX, CIFAR-10, image folder, .npy, glyphs"},
      {"inputs", "FILE.npy|PATH", "what to explain: an array [N,...] or a data set"},
      {"targets",
       "LIST|FILE.npy|WORD",
       "explained classes: 3,1,4 or predicted (default), label, second",
       false,
       {"predicted", "label", "second"}},
      {"explainer", "SPEC", "NAME or NAME:key=value,... (see list explainers); of audit also LABEL=SPEC", true},
      {"attack", "SPEC", "see list attacks", true},
      {"suite", "SPEC", "see list suites", true},
      {"metric", "SPEC", "see list metrics", true},
      {"epsilon", "LIST", "how far inputs may move: 2/255,8/255"},
      {"reduce", "WORD", joined(reductions, ", "), false, reductions},
      {"normalise", "WORD", joined(normalisations, ", "), false, normalisations},
      {"format", "LIST", "of report: " + joined(all_report_formats(), ",") + "; of check: " + joined(gate_formats(), ","), false,
       all_formats},
      {"baseline", "FILE.json", "what a run is compared with: a file that faultline baseline wrote"},
      {"policy", "FILE", "what a gate asks: lines of key = value (docs/reference/gate.md)"},
      {"require", "EXPR", "an absolute limit: 'EXPLAINER/SUITE/CONDITION: [mean|median|min|max] METRIC >= NUMBER'", true},
      {"allow-different", "KEY", "what may differ from the baseline: data-digest, 'suite shift', ...", true},
      {"compare", "PATH", "another run: a page of both, side by side, comparison.html"},
      {"verify", "FILE.html", "does this page say what the run says? writes nothing"},
      {"out", "PATH", "where the result goes"},
      {"overlay", "SHARE", "of pictures: draw the map over the input in grey, 0.6: so much map"},
      {"ledger", "FILE.json", "of relevance walks: where relevance leaks, node by node"},
      {"save-patterns", "FILE", "of pattern-net and pattern-attribution: what they learned from --data, for patterns=FILE"},
      {"pattern-quality", "FILE.json", "how good the estimators of signals are on --data, layer by layer (rho)"},
      {"config", "FILE", "INI file of these names; the command line wins"},
      {"range", "LO,HI|auto", "legal range of inputs (default 0,1); auto: of the data", false, {"auto"}},
      {"mean", "LIST", "the model wants (x - mean)/std: one number, or one a channel; 0 where --std alone is given"},
      {"std", "LIST", "see --mean; 1 where that alone is given"},
      {"input-shape", "C,H,W", "shape of one input"},
      {"labels", "FILE.npy", "true classes [N], instead of the data's own"},
      {"samples", "N", "use N samples, balanced over classes"},
      {"sample-ids", "FILE", "use these samples, one name or id a line"},
      {"seed", "N", "of all random numbers (default 0)"},
      {"batch", "N", "samples in flight (default 64); changes no number"},
      {"threads", "N", "default: all cores"},
      {"dtype", "WORD", "float32 (default) or float64", false, {"float32", "float64"}},
      {"device", "WORD", "cpu (default), cuda or cuda:N", false, {"cpu", "cuda"}},
      {"max-memory", "SIZE", "the most memory, such as 800M or 4G"},
      {"sandbox", "", "load and run the model in a child process with limits"},
      {"sandbox-seconds", "N", "the longest that a sandboxed model may take to load (default 60)"},
      {"resume", "", "go on with an interrupted run"},
      {"json", "", "machine-readable on stdout, nothing else there"},
      {"markdown", "", "as the pages of docs/reference"},
      {"quiet", "", "no talk on stderr"},
      {"no-progress", "", "no progress bar"},
      {"help", "", "this page"},
  };
  return declarations;
}

const OptionDeclaration& option_declaration(const std::string& name) {
  for (const auto& declaration : option_declarations()) {
    if (declaration.name == name) return declaration;
  }
  throw std::logic_error("no option is named " + name);
}

const std::vector<std::string>& run_options() {
  static const std::vector<std::string> names = {"config",          "range",   "mean",       "std",        "input-shape",
                                                 "labels",          "samples", "sample-ids", "seed",       "batch",
                                                 "threads",         "dtype",   "device",     "max-memory", "sandbox",
                                                 "sandbox-seconds", "json",    "quiet",      "no-progress"};
  return names;
}

void refuse_later_option(const std::string& name) {
  for (const char* later : {"shard"}) {
    if (name == later) throw_usage("--" + name, "belongs to a later version of faultline", "leave it out");
  }
}

void refuse_later_verb(const std::string& name) {
  for (const char* later : {"merge"}) {
    if (name == later)
      throw_usage(name, "belongs to a later version of faultline", "see faultline --help for what this one does");
  }
}

}  // namespace faultline
