#pragma once
#include <gtest/gtest.h>

#include <string>

#include "models/small_nets.h"
#include "subjects.h"
#include "support/gradcheck.h"
#include "support/toy_networks.h"

namespace faultline::testing {

/// The maps of the subject's samples; a failure where the method refuses it.
inline at::Tensor map_of(const std::string& spec, const Subject& subject) {
  const auto explainer = ready(spec, subject);
  EXPECT_TRUE(explainer) << spec << " refuses " << subject.name;
  return explainer ? explainer->explain(subject.network, subject.samples, Context{}).maps : at::zeros({});
}

/// The same number computed in another order.
inline void expect_same(const at::Tensor& found, const at::Tensor& wanted, const std::string& what, double relative = 1e-9) {
  ASSERT_EQ(found.sizes(), wanted.sizes()) << what;
  const double size = wanted.abs().max().item<double>();
  EXPECT_GT(size, 0) << what << ": nothing is compared";
  EXPECT_LE((found - wanted).abs().max().item<double>(), relative * size) << what;
}

/// ReLU, max pooling and no bias anywhere; pixels as they are.
inline Subject without_biases() {
  Subject out{"without biases", small_cnn(2, 8, 8, 3, 1), samples_at(uniform({3, 2, 8, 8}, 0.05, 0.95, 3), 1),
              uniform({3, 2, 8, 8}, 0.05, 0.95, 4)};
  out.samples.targets = out.network.logits(out.samples.inputs).argmax(1);
  return out;
}

}  // namespace faultline::testing
