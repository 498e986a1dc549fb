#include "suites/axioms/counterexample.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/error.h"
#include "models/small_nets.h"
#include "models/transforms.h"
#include "planted.h"
#include "suites/axioms/case_inputs.h"
#include "support/gradcheck.h"
#include "support/shared.h"
#include "support/toy_networks.h"

namespace faultline {
namespace {

using MadeExplainer = std::shared_ptr<const Explainer>;

MadeExplainer made(const std::string& spec) { return explainers().make(spec); }

MadeExplainer planted(const std::string& name) {
  for (const auto& defect : testing::planted_defects()) {
    if (defect.name == name) return defect.explainer;
  }
  throw std::logic_error("no planted defect is called " + name);
}

/// A network with biases, which some defects need.
Network pictures() {
  const Network plain = small_cnn(1, 8, 8, 4, 1);
  std::vector<at::Tensor> parameters = plain.parameters();
  for (auto& parameter : parameters) {
    if (parameter.dim() == 1) parameter = testing::normal(parameter.sizes().vec(), 7) * 0.2;
  }
  return with_parameters(plain, std::move(parameters));
}

/// A method with a defect, and one without it.
struct Repair {
  const char* axiom;
  MadeExplainer broken, repaired;
  Network network = pictures();
  Samples samples = edge_cases(network, {}, 0);
};

Repair repair_of(const std::string& axiom) {
  if (axiom == "conservativity") return {"conservativity", made("gradient"), made("deep-taylor"), small_cnn(1, 8, 8, 4, 1)};
  if (axiom == "conservativity-with-ledger")
    return {"conservativity-with-ledger", planted("bias relevance of one layer not booked"), made("lrp:rule=epsilon")};
  if (axiom == "positivity") return {"positivity", planted("a tiny negative pixel"), made("smooth-grad-squared:samples=4")};
  if (axiom == "consistency") return {"consistency", made("gradient-x-input"), made("deep-taylor"), small_cnn(1, 8, 8, 4, 1)};
  if (axiom == "completeness") return {"completeness", planted("wrong sign"), made("integrated-gradients:steps=20")};
  if (axiom == "sensitivity") {
    const Network f = testing::kink_network({-1}, 0.5, -1, 1);
    Samples samples = samples_of_array(testing::rows({{0.9}, {0.7}}));
    samples.targets = at::zeros({2}, at::kLong);
    return {"sensitivity", made("gradient"), made("integrated-gradients"), f, samples};
  }
  if (axiom == "dummy") return {"dummy", made("lrp:rule=flat"), made("gradient")};
  if (axiom == "symmetry") return {"symmetry", made("random"), made("gradient")};
  if (axiom == "linearity") return {"linearity", made("smooth-grad-squared"), made("gradient")};
  if (axiom == "implementation-invariance") return {"implementation-invariance", made("guided-backprop"), made("gradient")};
  if (axiom == "shift-invariance") return {"shift-invariance", made("gradient-x-input"), made("gradient")};
  if (axiom == "scale") return {"scale", made("smooth-grad-squared"), made("gradient")};
  if (axiom == "target-dependence") return {"target-dependence", made("edge"), made("gradient")};
  if (axiom == "determinism") return {"determinism", planted("draws that no seed repeats"), made("gradient")};
  if (axiom == "batch-independence") return {"batch-independence", planted("mixes samples of a batch"), made("gradient")};
  throw std::logic_error("no broken method is known for " + axiom);
}

class Replayed : public ::testing::TestWithParam<size_t> {};

TEST_P(Replayed, IsRefutedFromItsFolderAndHoldsOnceRepaired) {
  const Axiom& axiom = *axioms().at(GetParam());
  const Repair repair = repair_of(axiom.facts().name);
  const Context context;
  const AxiomProblem problem{*repair.broken, repair.network, repair.samples, context};
  const AxiomFindings findings = search(axiom, problem, {});
  ASSERT_TRUE(findings.refuting) << words_of(findings.verdict);
  const Counterexample found = shrunk(axiom, problem, findings.verdict, *findings.refuting, 600);
  const testing::TemporaryFolder folder;
  write_counterexample(folder.file("case"), found);

  const Counterexample read = read_counterexample(folder.file("case"));
  EXPECT_EQ(read.axiom, found.axiom);
  EXPECT_EQ(read.claim.has_value(), found.claim.has_value());
  EXPECT_TRUE(read.samples.inputs.equal(found.samples.inputs));
  const Trial again = replay(read, *repair.broken, repair.network);
  EXPECT_GT(again.violation(), read.tolerance) << axiom.facts().name;
  const Trial repaired = replay(read, *repair.repaired, repair.network);
  EXPECT_EQ(repaired.reason, "");
  const auto claims = repair.repaired->claims(repair.network);
  const double allowed = tolerance_of(axiom.facts(), claim_of(claims, read.axiom), read.dtype);
  EXPECT_LE(repaired.violation(), allowed) << axiom.facts().name << ": found " << repaired.found << ", asked " << repaired.wanted;
}

INSTANTIATE_TEST_SUITE_P(EveryAxiom, Replayed, ::testing::Range<size_t>(0, 15), [](const auto& info) {
  std::string name = axioms().at(info.param)->facts().name;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

TEST(Replays, AreOfEveryAxiom) { EXPECT_EQ(axioms().size(), 15u); }

TEST(CounterexampleFolder, IsRefusedInOneLineWhereItIsDamaged) {
  const testing::TemporaryFolder folder;
  EXPECT_THROW(read_counterexample(folder.file("nothing")), Error);
  const auto text = [&](const std::string& of) { std::ofstream(folder.file("case.json")) << of; };
  for (const char* bad : {"", "{", "[]", "{\"faultline-counterexample\": 1}", "{\"faultline-counterexample\": 2}"}) {
    text(bad);
    try {
      read_counterexample(folder.path());
      ADD_FAILURE() << bad;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << bad;
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << bad;
    }
  }
}

}  // namespace
}  // namespace faultline
