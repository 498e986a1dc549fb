// Ledgers on the networks of the shared folder. FAULTLINE_FIGURES=1 measures every walk on every network and prints the figures.
#include <gtest/gtest.h>

#include <cstdio>

#include "data/npy.h"
#include "explainers/explainer.h"
#include "explainers/ledger_check.h"
#include "models/model.h"
#include "models/transforms.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

bool prints_figures() { return std::getenv("FAULTLINE_FIGURES") != nullptr; }

/// One of each kind, for large networks.
const std::vector<std::string>& few_specs() {
  static const std::vector<std::string> all = {"lrp:rule=zero",
                                               "lrp:rule=zero,bias=ignore",
                                               "lrp:rule=epsilon",
                                               "lrp:rule=gamma",
                                               "lrp:rule=alpha-beta",
                                               "lrp:rule=w-square,upper=z-plus",
                                               "lrp:composite=epsilon-gamma-box",
                                               "excitation-backprop"};
  return all;
}

double largest(const at::Tensor& values) { return values.max().item<double>(); }

void print_figures(const std::string& network, const std::string& spec, const Explanation& explanation) {
  const Ledger& ledger = *explanation.ledger;
  const at::Tensor maps = explanation.maps.flatten(1), growth = testing::growth(ledger);
  std::printf("%s\t%s\t%s\t%.1e\t%.1e\t%.3g\t%.3g\t%.1e", network.c_str(),
              maps.scalar_type() == at::kFloat ? "float32" : "float64", spec.c_str(), largest(testing::closing_gap(ledger)),
              largest(testing::largest_rounding(ledger)), growth.min().item<double>(), largest(growth),
              (maps.amin(1) / maps.abs().amax(1)).min().item<double>());
  for (int c = static_cast<int>(LedgerColumn::bias); c < kLedgerColumns; ++c) {
    const auto column = static_cast<LedgerColumn>(c);
    const double share = largest((ledger.total(column) / ledger.explained).abs());
    if (share > 1e-9) std::printf("\t%s %.2g", name_of(column), share);
  }
  std::printf("\n");
}

/// A sample of which nothing can be said carries the note, and no other.
void expect_notes(const std::string& spec, const Explanation& explanation) {
  const at::Tensor grows = testing::growth(*explanation.ledger);
  for (int64_t i = 0; i < grows.numel(); ++i) {
    const bool is_noted = !explanation.notes.empty() && !explanation.notes[static_cast<size_t>(i)].empty();
    EXPECT_EQ(is_noted, !(grows[i].item<double>() <= 1e3)) << spec << " grows to " << grows[i].item<double>();
  }
}

void measure(const std::string& name, const std::vector<std::string>& specs) {
  FAULTLINE_NEEDS_SHARED(shared);
  const at::Tensor x = read_npy(shared + "/reference/io/" + name + ".inputs.npy").values;
  const Network loaded = Model::load(shared + "/models/" + name + ".pt").network(x.sizes().slice(1).vec());
  Context context;
  context.ledger = true;
  for (const auto dtype : {at::kDouble, at::kFloat}) {
    const Network network = to(loaded, dtype);
    Samples samples = samples_of_array(x.to(dtype));
    {
      const at::NoGradGuard no_graph;
      samples.targets = network.logits(samples.inputs).argmax(1);
    }
    const auto explained = [&](const std::string& spec) {
      Explanation explanation = explainers().make(spec)->explain(network, samples, context);
      if (prints_figures()) print_figures(name, spec, explanation);
      expect_notes(spec, explanation);
      for (const std::string& fault : testing::faults_of(*explanation.ledger, testing::ClosingTolerance::of(dtype))) {
        ADD_FAILURE() << name << " " << spec << ": " << fault;
      }
      return explanation;
    };
    for (const std::string& spec : prints_figures() ? testing::ledger_specs() : specs) explained(spec);
    for (const std::string& spec : testing::loss_free_specs()) {
      const auto free = testing::loss_free(*explained(spec).ledger);
      EXPECT_LE(free.gap, dtype == at::kDouble ? 1e-9 : 1e-4) << spec;  // conventions 8
      if (prints_figures()) {
        std::printf("%s\t%s\t%s\tnothing leaks in %d of %d, off by %.1e s\n", name.c_str(),
                    dtype == at::kFloat ? "float32" : "float64", spec.c_str(), static_cast<int>(free.samples),
                    static_cast<int>(free.of), free.gap);
      }
    }
  }
}

TEST(Figures, OfLenetAddUp) { measure("lenet_mnist", testing::ledger_specs()); }
TEST(Figures, OfAShallowResidualNetworkAddUp) { measure("resnet20_cifar10", testing::ledger_specs()); }
TEST(Figures, OfADeepResidualNetworkAddUp) { measure("resnet56_cifar10", few_specs()); }
TEST(Figures, OfANetworkOfConcatenationsAddUp) { measure("squeezenet1_0_imagenet", few_specs()); }

}  // namespace
}  // namespace faultline
